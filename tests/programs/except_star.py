"""Marked loops in `except*` blocks, before and after others, that raise or do not."""

import sys
import traceback


class Own(ExceptionGroup):
    def derive(self, excs):
        return Own(f"{self.message}'", excs)


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i, repr(sys.exception()))
    return n


def raising(group):
    raise group


def handled(group, first=None, second=None):
    try:
        work(1, "body")
        raising(group)
    except* (ValueError, KeyError) as error:
        work(2, "values")
        print(error is sys.exception(), repr(error), repr(error.__context__))
        if first == "again":
            raise
        if first:
            raise first
        work(1, "values end")
    except* OSError as error:
        print("never live", repr(error))
        if second == "same":
            raise error
    except* TypeError as error:
        work(1, "types")
        if second:
            raise RuntimeError(second) from error
    else:
        work(1, "else")
    finally:
        work(1, "final")
    return "after"


def last_only(group):
    for turn in range(2):
        try:
            raising(group)
        except* ValueError:
            raise IndexError(turn)
        except* TypeError:
            try:
                work(1, "inner")
                {}["inner"]
            except* KeyError as key:
                work(1, "key")
                print(repr(key.__context__))


def report(function, *args):
    try:
        print(function(*args))
    except BaseException as error:
        lines = "".join(traceback.format_exception(error)).splitlines(True)
        print("".join(line for line in lines if line.strip(" |~^\n")))
        for inner in [error, error.__context__, *getattr(error, "exceptions", ())]:
            cause = getattr(inner, "__cause__", None), getattr(inner, "__suppress_context__", None)
            print(repr(inner), cause, inner in getattr(args[0], "exceptions", ()))
        work(1, "reported")


def nested():
    inner = Own("inner", [KeyError("k"), TypeError("t")])
    return Own("outer", [ValueError("v"), inner, OSError("o"), EOFError("e")])


report(handled, ExceptionGroup("all", [ValueError(1)]))
report(handled, ExceptionGroup("all", [ValueError(1)]), "again")
report(handled, ExceptionGroup("all", [ValueError(1), TypeError(2)]), None, "new")
report(handled, ExceptionGroup("all", [ValueError(1), TypeError(2)]), "again", "new")
report(handled, ExceptionGroup("all", [TypeError(2), OSError(3)]), None, "same")
report(handled, nested())
report(handled, nested(), "again")
report(handled, nested(), IndexError("first"), "same")
report(handled, nested(), None, "second")
report(handled, ValueError("alone"))
report(handled, ValueError("alone"), "again")
report(handled, ValueError("alone"), IndexError("x"))
report(handled, EOFError("alone"))
report(last_only, nested())
report(last_only, ExceptionGroup("all", [TypeError(2)]))
try:
    raise BaseExceptionGroup("base", [KeyboardInterrupt(), ValueError(), nested()])
except* ValueError:
    work(1, "module")
except* KeyboardInterrupt as interrupts:
    work(1, "interrupted")
    raise SystemError("from the module")
