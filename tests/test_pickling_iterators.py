"""Iterators that are in the middle, and sets that keep their order."""

import collections
import itertools
import operator
import random
from array import array

import pytest
from pickling_driver import roundtrip

from autoresume.pickling import sets, streams


def test_dict_and_set_iterators_go_on_in_the_live_container(tmp_path):
    roundtrip(
        tmp_path,
        """
        d = {1: 2, 3: 4, 5: 6}
        items, values, backwards = iter(d.items()), iter(d.values()), reversed(d)
        next(items); next(values); next(values); next(backwards)
        done = iter({})
        next(done, None)
        s = {"a", "b", "c"}
        some = iter(s)
        first = next(some)
        class Node:
            pass
        nodes = {Node() for _ in range(20)}
        rest = iter(nodes)
        seen = [next(rest) for _ in range(5)]
        from collections import OrderedDict
        od = OrderedDict(a=1, b=2, c=3)
        od_items, od_back, od_values = iter(od.items()), reversed(od), iter(od.values())
        next(od_items); next(od_back)
        changed = {1: 2, 3: 4}
        broken = iter(changed)
        changed[5] = 6
        """,
        """
        d[3] = "changed"
        assert list(items) == [(3, "changed"), (5, 6)] and list(values) == [6]
        assert list(backwards) == [3, 1] and list(done) == []
        assert {first, *some} == s and len(seen) == 5
        assert not set(seen) & set(rest) and len(nodes) == 20
        od["b"] = 20
        assert list(od_items) == [("b", 20), ("c", 3)] and list(od_back) == ["b", "a"]
        assert list(od_values) == [1, 20, 3]
        try:
            next(broken)
        except RuntimeError:
            pass
        else:
            raise AssertionError
        """,
    )


def test_a_restored_dict_iterator_notices_changes(tmp_path):
    roundtrip(
        tmp_path,
        """
        d = {1: 2, 3: 4}
        keys = iter(d)
        next(keys)
        """,
        """
        d[9] = 9
        try:
            next(keys)
        except RuntimeError as error:
            assert "changed size" in str(error)
        else:
            raise AssertionError
        """,
    )


def test_other_iterators(tmp_path):
    roundtrip(
        tmp_path,
        """
        import itertools
        xs = [1, 2, 3]
        plain, back, chars, numbers = iter(xs), reversed(xs), iter("abc"), iter(range(3))
        pairs, tagged = zip(xs, "abc"), enumerate(xs, 5)
        mapped, kept = map(lambda x: x * 2, xs), filter(lambda x: x > 1, xs)
        chain, cycle, count = itertools.chain([1], [2]), itertools.cycle("ab"), itertools.count(3)
        product, pick = itertools.product("ab", "cd"), itertools.islice(range(9), 2, 7)
        for it in (plain, back, chars, numbers, pairs, tagged, mapped, kept, chain, cycle, count,
                   product, pick):
            next(it)
        xs.append(4)
        """,
        """
        xs.append(5)
        assert list(plain) == [2, 3, 4, 5] and list(back) == [2, 1] and list(chars) == ["b", "c"]
        assert list(numbers) == [1, 2] and next(pairs) == (2, "b") and next(tagged) == (6, 2)
        assert next(mapped) == 4 and list(kept) == [3, 4, 5] and list(chain) == [2]
        assert next(cycle) == "b" and next(count) == 4 and next(product) == ("a", "d")
        assert list(pick) == [3, 4, 5, 6]
        """,
    )


def test_sets_keep_their_order(tmp_path):
    roundtrip(
        tmp_path,
        """
        def left(numbers):
            few = set(range(1000))
            for number in range(1000):
                if number not in numbers:
                    few.discard(number)
            return few
        few, twin = left((1, 8, 17)), left((1, 8, 17))
        twin |= {9, 4096}
        later = list(twin)
        words = {f"word {i}" for i in range(300)}
        for i in range(0, 300, 7):
            words.discard(f"word {i}")
        order = list(words)
        frozen = frozenset(words)
        frozen_order = list(frozen)
        holder = {"few": few}
        class Special(set):
            def __init__(self, a, b):
                super().__init__([a, b])
        special = Special(1, 2)
        special.note = "attribute"
        def worklist():
            work = set(range(50))
            for _ in range(20):
                work.pop()
            return work
        work, same = worklist(), worklist()
        same |= {1, 2}
        popped = [same.pop() for _ in range(31)]
        """,
        """
        assert list(few) == [1, 8, 17] and holder["few"] is few
        assert list(words) == order and list(frozen) == frozen_order
        few |= {9, 4096}
        assert list(few) == later
        work |= {1, 2}
        assert [work.pop() for _ in range(31)] == popped
        assert special == {1, 2} and type(special) is Special and special.note == "attribute"
        """,
    )


@pytest.mark.parametrize("seed", range(20))
def test_any_history_of_a_set_can_be_made_up(seed):
    dice = random.Random(seed)
    kinds = [
        lambda: dice.randrange(200),
        lambda: str(dice.randrange(500)),
        lambda: (dice.randrange(30), dice.randrange(30)),
        lambda: dice.getrandbits(60),
    ]
    item = dice.choice(kinds)
    tried = 0
    live = set()
    for step in range(400):
        what = dice.random()
        if what < 0.6:
            live.add(item())
        elif what < 0.8 and live:
            live.discard(dice.choice(list(live)))
        elif what < 0.9 and live:
            live.pop()
        elif what < 0.95:
            live |= {item() for _ in range(dice.randrange(20))}
        else:
            live = set(live)
        if sets.differs(live):
            made = sets.make(set, sets.steps_for(live))
            assert list(made) == list(live) and sets.table_of(made) == sets.table_of(live)
            tried += 1
    assert tried
    made = sets.make(set, sets.steps_for(live))
    assert [made.pop() for _ in range(len(made))] == [live.pop() for _ in range(len(live))]


class NoProgram:
    """A program without modules of its own."""

    user_modules = ()

    def code_name(self, code):
        return None


def pipeline(dice, sources, depth):
    """Some iterator over others, by chance."""
    below = lambda: pipeline(dice, sources, depth - 1)
    small = lambda: dice.randrange(1, 4)
    if depth == 0 or dice.random() < 0.1:
        return dice.choice(sources)
    kinds = [
        lambda: map(abs, below()),
        lambda: map(operator.add, below(), below()),
        lambda: filter(None, below()),
        lambda: map(operator.itemgetter(0), zip(below(), below())),
        lambda: map(operator.itemgetter(0), itertools.zip_longest(below(), below(), fillvalue=7)),
        lambda: itertools.chain(below(), below()),
        lambda: itertools.chain.from_iterable(map(operator.itemgetter(slice(2)), iter(TEXTS))),
        lambda: itertools.islice(below(), small(), None, small()),
        lambda: itertools.islice(itertools.cycle(itertools.islice(below(), small())), 20),
        lambda: itertools.accumulate(below(), max, initial=0),
        lambda: itertools.takewhile(operator.truth, below()),
        lambda: itertools.dropwhile(operator.not_, below()),
        lambda: itertools.filterfalse(operator.not_, below()),
        lambda: itertools.compress(below(), below()),
        lambda: map(len, itertools.pairwise(below())),
        lambda: dice.choice(itertools.tee(below(), 3)),
        lambda: map(operator.itemgetter(0), itertools.groupby(below())),
        lambda: map(sum, itertools.product(range(small()), repeat=small())),
        lambda: map(sum, itertools.permutations(range(4), small())),
        lambda: map(sum, itertools.combinations(range(5), small())),
        lambda: itertools.starmap(max, zip(below(), below())),
    ]
    made = dice.choice(kinds)()
    sources.append(made)
    return made


TEXTS = [[1, 2, 3], [4, 5], [6]]


@pytest.mark.parametrize("seed", range(40))
def test_any_pipeline_goes_on(seed):
    dice = random.Random(seed)
    numbers = list(range(30))
    table = {n: -n for n in range(20)}
    sources = [
        iter(numbers),
        reversed(numbers),
        iter(table),
        iter(table.values()),
        iter(range(50)),
        itertools.islice(itertools.count(3, 2), 30),
        itertools.repeat(4, 9),
        iter(collections.deque(numbers)),
        iter({5, 3, 8}),
        iter(bytes(9)),
        iter(array("i", numbers)),
    ]
    for _ in range(6):
        pipeline(dice, sources, 4)
    for _ in range(40):
        pull(dice.choice(sources))
    numbers.append(99)
    saved = streams.dump({"modules": {}, "found": [sources, numbers, table]}, NoProgram())
    again, *_ = streams.load(saved.data, saved.buffers, NoProgram())["found"]
    for _ in range(300):
        place = dice.randrange(len(sources))
        assert pull(again[place]) == pull(sources[place])


def pull(iterator):
    """The next item; or what comes instead."""
    try:
        return next(iterator)
    except Exception as error:
        return repr(error)
