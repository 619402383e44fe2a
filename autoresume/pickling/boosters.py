"""Models of LightGBM, whose pickles leave out the data that they are being fitted to."""

from __future__ import annotations

import sys

from autoresume.errors import Unsaveable
from autoresume.pickling import instances
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler


def reduce_booster(obj: Any, pickler: Pickler) -> Any:
    """Reduce a model that has been fitted; one that `update()` can go on with is refused."""
    if vars(obj).get("train_set") is not None:
        raise Unsaveable(
            "update() can still go on with it, and its pickle leaves out the data; call its "
            "free_dataset(), or fit further by lightgbm.train(…, init_model=…)"
        )
    return instances.reducer_of(type(obj))(obj, pickler)


def families() -> list[tuple[type, Reducer]]:
    """Return the reducer of boosters; none while LightGBM is not imported."""
    basic: Any = sys.modules.get("lightgbm.basic")
    return [(basic.Booster, reduce_booster)] if hasattr(basic, "Booster") else []
