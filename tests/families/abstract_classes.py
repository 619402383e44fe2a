"""Abstract base classes, classes that are registered with them, and protocols."""

import abc
import collections
import collections.abc
from typing import Protocol, runtime_checkable


class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
    @property
    @abc.abstractmethod
    def p(self): ...
    @classmethod
    def __subclasshook__(cls, other):
        if hasattr(other, "quack"):
            return True
        return NotImplemented


class Virtual:
    pass


Base.register(Virtual)


class Duck:
    quack = 1


class Real(Base):
    def f(self):
        return 1

    p = 3


collections.abc.Sized.register(Virtual)
real = Real()


class P(Protocol):
    def m(self) -> int: ...


@runtime_checkable
class RP(Protocol):
    x: int

    def m(self) -> int: ...


class Impl:
    x = 1

    def m(self):
        return 3


impl = Impl()
isinstance(impl, RP), isinstance(3, RP)


class SubP(RP):
    pass


def check():
    assert issubclass(Virtual, Base) and issubclass(Duck, Base) and not issubclass(int, Base)
    assert isinstance(real, Base) and real.p == 3
    assert Base.__abstractmethods__ == {"f", "p"}
    try:
        Base()
    except TypeError:
        pass
    else:
        raise AssertionError
    assert isinstance(impl, RP) and not isinstance(3, RP)
    try:
        isinstance(impl, P)
    except TypeError:
        pass
    else:
        raise AssertionError
    try:
        RP()
    except TypeError:
        pass
    else:
        raise AssertionError

    class More(Base):
        def f(self):
            pass

    try:
        More()
    except TypeError:
        pass
    else:
        raise AssertionError
