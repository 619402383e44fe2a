"""Random graphs of objects come back with the same structure: identity, order, cycles, views."""

import collections
import types

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autoresume import pickling


class Plain:
    pass


class Slotted:
    __slots__ = ("a", "b")


class Both(Slotted):
    def __getattr__(self, name):
        raise AttributeError(name)


class Keyed:
    """Hashes by an attribute, and is a key of dicts that its attributes lead to."""

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return hash(self.number)

    def __eq__(self, other):
        return type(other) is Keyed and self.number == other.number


class List(list):
    def append(self, item):
        raise AssertionError("runs while it is loaded")

    extend = append


class Dict(dict):
    def __setitem__(self, key, value):
        raise AssertionError("runs while it is loaded")


def closure(cell):
    return types.FunctionType(
        (lambda: lambda: cell)().__code__, globals(), "closure", None, (cell,)
    )


MUTABLE = {
    "list": lambda n: [],
    "List": lambda n: List(),
    "dict": lambda n: {},
    "Dict": lambda n: Dict(),
    "ordered": lambda n: collections.OrderedDict(),
    "default": lambda n: collections.defaultdict(list),
    "deque": lambda n: collections.deque(),
    "plain": lambda n: Plain(),
    "slotted": lambda n: Slotted(),
    "both": lambda n: Both(),
    "keyed": lambda n: Keyed(n),
    "cell": lambda n: types.CellType(),
    "set": lambda n: set(),
    "objects": lambda n: np.full(4, None, object),
}
LEAVES = {
    "nan": lambda n: float("nan"),
    "number": lambda n: n,
    "text": lambda n: f"text {n}",
    "array": lambda n: np.arange(n + 2.0),
    "bytes": lambda n: bytearray(f"bytes {n}", "ascii"),
    "class": lambda n: Plain,
}
MADE_OF = {
    "tuple": lambda n, parts: tuple(parts),
    "frozen": lambda n, parts: frozenset(filter(is_settled, parts)),
    "view": lambda n, parts: next((one[::2] for one in parts if is_array(one)), None),
    "flipped": lambda n, parts: next((one[1:][::-1] for one in parts if is_array(one)), None),
    "closure": lambda n, parts: next((closure(one) for one in parts if is_cell(one)), None),
    "proxy": lambda n, parts: next(
        (types.MappingProxyType(one) for one in parts if type(one) is dict), None
    ),
}


def is_array(value):
    return isinstance(value, np.ndarray) and value.dtype != object


def is_cell(value):
    return isinstance(value, types.CellType)


def is_key(value):
    return isinstance(value, str | int | float | Plain | Keyed)


def is_settled(value):
    """Whether a value is hashed by what it is; a NaN is not."""
    return isinstance(value, str | int)


def fill(node, parts, number):
    """Let a mutable node hold `parts`, itself perhaps among them."""
    match node:
        case list():
            list.extend(node, parts)
        case collections.deque():
            node.extend(parts)
        case dict():
            put = dict.__setitem__ if type(node) is Dict else type(node).__setitem__
            for index, part in enumerate(parts):
                put(node, part if is_key(part) else index, part)
        case set():
            settled = list(filter(is_settled, parts))
            node.update(settled, range(number))
            node.difference_update(settled[:1], range(0, number, 2))
        case types.CellType():
            if parts:
                node.cell_contents = parts[0]
        case np.ndarray():
            for index, part in enumerate(parts):
                node[index] = part
        case Slotted():
            for name, part in zip("ab", parts):
                setattr(node, name, part)
        case _:
            node.parts = parts
            node.mapping = {node: number}


@st.composite
def graphs(draw):
    kinds = st.sampled_from([*MUTABLE, *LEAVES, *MADE_OF])
    plan = draw(st.lists(st.tuples(kinds, st.lists(st.integers(0, 40), max_size=4)), min_size=1))
    nodes = [MUTABLE[kind](n) if kind in MUTABLE else None for n, (kind, _) in enumerate(plan)]
    for n, (kind, children) in enumerate(plan):
        if kind in LEAVES:
            nodes[n] = LEAVES[kind](n)
        elif kind in MADE_OF:
            nodes[n] = MADE_OF[kind](n, [nodes[child % len(nodes)] for child in children])
    for n, (kind, children) in enumerate(plan):
        if kind in MUTABLE:
            fill(nodes[n], [nodes[child % len(nodes)] for child in children], n)
    return nodes


ATOMS = (str, int, bytes, type(None), type)


def has_slot(value, name):
    try:
        object.__getattribute__(value, name)
    except AttributeError:
        return False
    return True


def parts_of(value):
    """What a value is made of, in its order; the first of it can be compared."""
    match value:
        case np.ndarray():
            base = value.base if isinstance(value.base, np.ndarray) else None
            layout = value.dtype.str, value.shape, value.strides, value.flags.writeable
            items = value.tolist() if value.dtype == object else []
            return (*layout, value.tobytes() if value.dtype != object else b""), [base, *items]
        case float():
            return repr(value), []
        case bytearray():
            return bytes(value), []
        case list() | tuple() | collections.deque() | set() | frozenset():
            own = vars(value) if hasattr(value, "__dict__") else {}
            return (len(value), list(own)), [*type(value).__iter__(value), *own.values()]
        case dict() | types.MappingProxyType():
            return len(value), [*value.keys(), *value.values()]
        case types.CellType():
            try:
                return True, [value.cell_contents]
            except ValueError:
                return False, []
        case types.FunctionType():
            return value.__code__, [value.__globals__ is globals(), *value.__closure__]
    names = [*getattr(value, "__dict__", ()), *(name for name in "ab" if has_slot(value, name))]
    return names, [getattr(value, name) for name in names]


def assert_alike(one, other):
    """Each object of one graph has its own counterpart in the other."""
    waiting, there, back = [(one, other)], {}, {}
    while waiting:
        a, b = waiting.pop()
        assert type(a) is type(b), (a, b)
        if isinstance(a, ATOMS):
            assert a == b
            continue
        if isinstance(a, tuple | frozenset) and not a:
            assert not b
            continue
        if id(a) in there or id(b) in back:
            assert there.get(id(a)) is b and back.get(id(b)) is a, (a, b)
            continue
        there[id(a)], back[id(b)] = b, a
        (known, parts), (also_known, other_parts) = parts_of(a), parts_of(b)
        assert known == also_known and len(parts) == len(other_parts)
        waiting.extend(zip(parts, other_parts, strict=True))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_a_copy_has_the_same_structure(nodes):
    data = pickling.dumps(nodes)
    once = pickling.loads(data)
    assert_alike(nodes, once)
    buffers = []
    again = pickling.dumps(once, buffer_callback=buffers.append)
    twice = pickling.loads(again, buffers=[bytearray(buffer.raw()) for buffer in buffers])
    assert_alike(nodes, twice)
    assert_alike(once, twice)
