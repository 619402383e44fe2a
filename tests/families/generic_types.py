"""Generic classes, their aliases, and type variables."""

import collections
import collections.abc
from collections.abc import Callable
from typing import (
    Annotated,
    ClassVar,
    Concatenate,
    Final,
    ForwardRef,
    Generic,
    Literal,
    Optional,
    ParamSpec,
    TypeVar,
    TypeVarTuple,
    Union,
    Unpack,
    get_type_hints,
)

T = TypeVar("T")
K = TypeVar("K", bound="Stack")
PS = ParamSpec("PS")
Ts = TypeVarTuple("Ts")


class Stack(Generic[T]):
    items: list[T]

    def __init__(self):
        self.items = []

    def push(self, x: T) -> "Stack[T]":
        self.items.append(x)
        return self


class Pair(Generic[T, K], dict):
    pass


class Var(Generic[Unpack[Ts]]):
    pass


class CB(Generic[PS, T]):
    pass


stack = Stack[int]().push(1)
aliases = [
    Stack[int],
    Stack[T],
    list[int],
    list[T],
    dict[str, Stack[int]],
    Union[int, str],
    Optional[Stack[int]],
    int | Stack,
    Callable[[int], str],
    Callable[PS, T],
    Var[int, str],
    CB[[int], str],
    Literal[1, "a"],
    Annotated[int, Stack],
    tuple[int, ...],
    type[Stack],
    ClassVar[int],
    collections.abc.Callable[[int], Stack],
    list[int],
    dict[str, T],
    type[Stack],
    Final[int],
    Concatenate[int, PS],
]


class IS(Stack[int]):
    pass


class L(list[int]):
    pass


l = L([1])
gp = Stack[T][int]


def check():
    assert (
        aliases[0] == Stack[int]
        and aliases[0].__origin__ is Stack
        and aliases[0]().push(1).items == [1]
    )
    assert aliases[1].__parameters__ == (T,) and Stack[T][str] == Stack[str]
    assert (
        aliases[2] == list[int]
        and aliases[3][int] == list[int]
        and aliases[4] == dict[str, Stack[int]]
    )
    assert (
        aliases[5] == Union[int, str]
        and aliases[6] == Optional[Stack[int]]
        and aliases[7] == int | Stack
    )
    assert (
        aliases[8] == Callable[[int], str]
        and aliases[10] == Var[int, str]
        and aliases[11] == CB[[int], str]
    )
    assert aliases[9] == Callable[PS, T]
    assert (
        aliases[12] == Literal[1, "a"]
        and aliases[13] == Annotated[int, Stack]
        and aliases[14] == tuple[int, ...]
    )
    assert aliases[15:] == [
        type[Stack],
        ClassVar[int],
        collections.abc.Callable[[int], Stack],
        list[int],
        dict[str, T],
        type[Stack],
        Final[int],
        Concatenate[int, PS],
    ]
    assert (
        stack.__orig_class__ == Stack[int]
        and IS.__orig_bases__ == (Stack[int],)
        and IS.__mro__[1] is Stack
    )
    assert l == [1] and L.__orig_bases__ == (list[int],)
    assert K.__bound__ == ForwardRef("Stack") and gp == Stack[int] and Stack.__parameters__ == (T,)
    assert get_type_hints(Stack.push)["x"] is T
