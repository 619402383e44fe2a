"""Calls with marked loops in what `except` names, in patterns, and in defaults of lambdas."""


def work(n, tag=""):
    for i in range(1):  # checkpoint
        print("work", n, tag)
    return n


class Kinds:
    @property
    def value(self):
        work(0, "property")
        return ValueError

    @property
    def number(self):
        return work(3, "number")

    def wrong(self):
        work(1, "wrong")
        return KeyError


kinds = Kinds()


def kind(exception):
    work(1, exception.__name__)
    return exception


def failing(error):
    try:
        try:
            print("trying")
            raise error
        except kind(KeyError):
            print("a key")
        except (kind(OSError), kinds.value) as caught:
            print("caught", repr(caught), work(2, "in the handler"))
            raise RuntimeError("again") from caught
        except kind(TypeError) as caught:
            print("never", caught)
        else:
            print("nothing")
        finally:
            print("finally", work(1, "finally"))
    except Exception as other:
        print(repr(other), repr(other.__cause__), repr(other.__context__))
        return other.__traceback__.tb_lineno, other.__traceback__.tb_next
    return None


def matched(value):
    match value:
        case kinds.number:
            return "number"
        case [1, x] if work(x) > 2:
            return "pair", x
        case 1 | 2:
            return "small"
        case kinds.number if work(value):
            return "never"
        case str() if work(0):
            return "text"
    return "none"


for error in (KeyError("k"), ValueError("v"), ZeroDivisionError("z"), LookupError()):
    print(failing(error))
for value in (3, [1, 2], [1, 3], 2, "a", 9):
    print(matched(value))
try:
    raise ValueError("top")
except kind(KeyError):
    print("never")
except kinds.value as error:
    print("top", repr(error), work(1))
try:
    {}["x"]
except kind(ValueError):
    print("never")
