"""Type parameters and aliases of Python 3.12."""

type Alias[T] = list[T] | dict[str, Alias[T]]
type Simple = int


def first[T: int](x: list[T]) -> T:
    return x[0]


class Box[T, *Ts, **P]:
    def __init__(self, v: T):
        self.v = v

    def get(self) -> T:
        return self.v


class IntBox(Box[int, str, [int]]):
    pass


box = Box[int, str, [int]](3)
bound = first.__type_params__[0]


def check():
    assert (
        first([1]) == 1
        and first.__type_params__[0] is bound
        and bound.__bound__ is int
        and bound.__name__ == "T"
    )
    assert first.__annotations__["return"] is bound
    assert (
        box.get() == 3
        and Box.__type_params__[0].__name__ == "T"
        and Box[int, str, [int]] == box.__orig_class__
    )
    assert (
        Alias.__value__.__args__[0].__origin__ is list
        and Alias[int].__origin__ is Alias
        and Simple.__value__ is int
    )
    assert Box.get.__annotations__["return"] is Box.__type_params__[0]
    assert Box.__parameters__ == Box.__type_params__
