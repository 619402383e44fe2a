"""What stands where a value was that could not be saved: using it in any way is an error."""

from __future__ import annotations

from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from autoresume.pickling.pickler import Pickler


class NotSaved(RuntimeError):
    """The program uses a value that the snapshot it goes on from does not hold."""


class Missing:
    """Stands for a value that could not be saved; whatever is done with it raises `NotSaved`."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)


def missing(name: str) -> Missing:
    """Return what stands for the value of that name."""
    return Missing(name)


def name_of(gone: Missing) -> str:
    """Return the name and the type of the value that is not there."""
    name: str = object.__getattribute__(gone, "_name")
    return name


def used(gone: Missing, *args: Any, **options: Any) -> NoReturn:
    """Raise NotSaved."""
    raise NotSaved(
        f"{name_of(gone)} was not saved in the snapshot that this run goes on from; make it again "
        "before it is used"
    )


USES = """
abs add aenter aexit aiter and anext await bool bytes call complex contains delattr delete delitem
dir div divmod enter eq exit float floordiv format fspath ge get getattribute getitem getstate gt
hash iadd iand ifloordiv ilshift imatmul imod imul index int invert ior ipow irshift isub iter
itruediv ixor le len length_hint lshift lt matmul mod mul ne neg next or pos pow radd rand rdivmod
reduce reduce_ex repr reversed rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift
rsub rtruediv rxor set setattr setitem sizeof str sub truediv trunc xor
"""
"""The special methods, without their underscores, by which a value is used."""

for _use in USES.split():
    setattr(Missing, f"__{_use}__", used)


def reduce_missing(gone: Missing, pickler: Pickler) -> Any:
    """Reduce to the name: what is missing stays so."""
    return missing, (name_of(gone),)


REDUCERS: dict[type, Reducer] = {Missing: reduce_missing}
