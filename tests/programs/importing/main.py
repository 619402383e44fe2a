"""Marked loops at the top of modules, and below calls from there, while they are imported."""

import importlib
import sys
import traceback

import first
import pkg.deep.leaf
from pkg import sub as renamed
from pkg import value


def late(names):
    for name in names:
        module = importlib.import_module("late" + name)
        print(name, module.RESULT, module.__spec__._initializing)
    from pkg.other import one, two

    return [one, two]


print(first.RESULT, first.second.RESULT, renamed.RESULT, value, pkg.deep.leaf.RESULT)
print([name for name in ("first", "second", "pkg", "pkg.sub") if name in sys.modules])
print(first.__spec__._initializing, pkg.sub is renamed, pkg.deep.leaf.__name__)
print(late(["_a", "_b"]))
for attempt in range(2):
    try:
        import failing

        print(failing)
    except ValueError as error:
        lines = "".join(traceback.format_exception(error)).splitlines()
        print("\n".join(line for line in lines if line.strip(" ~^")))
        print("failing" in sys.modules, hasattr(error, "__notes__"))
with open(__file__) as source:
    import broken.inside

    print(broken.inside)
