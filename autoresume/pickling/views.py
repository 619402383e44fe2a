"""Objects that show another one: dict views, mapping proxies, memory views."""

from __future__ import annotations

import collections
import gc
import types
from typing import TYPE_CHECKING, Any

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

PLAIN: dict[Any, Any] = {}
ORDERED: collections.OrderedDict[Any, Any] = collections.OrderedDict()


def reduce_dict_view(view: Any, pickler: Pickler) -> Any:
    """Reduce a view of a dict to the dict that it shows."""
    (shown,) = gc.get_referents(view)
    kind = type(view).__name__.rpartition("_")[2]
    owner = collections.OrderedDict if type(view).__name__.startswith("odict") else dict
    return getattr(owner, kind), (shown,)


def reduce_mapping_proxy(proxy: types.MappingProxyType[Any, Any], pickler: Pickler) -> Any:
    """Reduce a read-only view of a mapping to the mapping that it shows."""
    (shown,) = gc.get_referents(proxy)
    for value in shown.values() if type(shown) is dict else ():
        owner = getattr(value, "__objclass__", None)
        if isinstance(owner, type) and gc.get_referents(vars(owner))[0] is shown:
            return vars, (owner,)
    return types.MappingProxyType, (shown,)


def reduce_memoryview(view: memoryview, pickler: Pickler) -> Any:
    """Reduce a view of a whole buffer to the buffer."""
    whole = memoryview(view.obj)
    plain = (view.nbytes, view.format, view.shape, view.readonly)
    if plain != (whole.nbytes, whole.format, whole.shape, whole.readonly):
        raise Unsaveable("a memoryview of a part of a buffer; make it inside of the loop's body")
    return memoryview, (view.obj,)


REDUCERS: dict[type, Reducer] = {
    **{
        type(view): reduce_dict_view
        for mapping in (PLAIN, ORDERED)
        for view in (mapping.keys(), mapping.values(), mapping.items())
    },
    types.MappingProxyType: reduce_mapping_proxy,
    memoryview: reduce_memoryview,
}
