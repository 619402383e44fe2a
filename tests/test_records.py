"""Records are made as dataclasses are."""

import copy
import pickle
import typing

import pytest

from autoresume.transforms.records import NamedTuple, field, record, replace


@record
class Place:
    """A record with all sorts of attributes."""

    name: str
    line: int = 1
    found: list = field(default_factory=list)
    later: str = field(init=False)

    def __post_init__(self):
        self.later = self.name.upper()


def test_attributes_are_given_by_place_and_by_name():
    one, other = Place("a", 2), Place(name="a", found=[1])
    assert (one.name, one.line, one.found, one.later) == ("a", 2, [], "A")
    assert (other.line, other.found) == (1, [1])
    assert one.found is not Place("a").found
    assert one != Place("a", 2)


def test_a_changed_one_is_made_anew():
    one = Place("a", 2, [3])
    other = replace(one, name="b")
    assert (other.name, other.line, other.later, one.name) == ("b", 2, "B", "a")
    assert other.found is one.found


@pytest.mark.parametrize("given", [((), {}), (("a", 1, [], 4), {}), (("a",), {"name": "b"})])
def test_what_does_not_fit_is_an_error(given):
    with pytest.raises(TypeError, match="Place"):
        Place(*given[0], **given[1])
    with pytest.raises(TypeError, match="Place"):
        Place("a", later="B")
    assert not hasattr(Place, "found")


class Cut(NamedTuple):
    """A named tuple as ours are made."""

    start: int
    end: int = 5
    note: str = "none"


class Theirs(typing.NamedTuple):
    """The same, made by `typing`."""

    start: int
    end: int = 5
    note: str = "none"


def test_named_tuples_are_those_of_typing():
    for kind in (Cut, Theirs):
        one = kind(1, note="b")
        assert (one, one.start, one.end, one.note) == ((1, 5, "b"), 1, 5, "b")
        assert one._replace(end=2) == kind(1, 2, "b") == kind._make([1, 2, "b"])
        assert type(one._replace(end=2)) is kind
        assert one._asdict() == {"start": 1, "end": 5, "note": "b"}
        assert repr(one) == f"{kind.__name__}(start=1, end=5, note='b')"
        assert kind._fields == kind.__match_args__ == ("start", "end", "note")
        assert kind._field_defaults == {"end": 5, "note": "none"}
        for again in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
            assert again == one and type(again) is kind
        assert not hasattr(one, "__dict__")
        with pytest.raises(AttributeError):
            one.start = 2
        for given in ((), (1, 2, "a", 4)):
            with pytest.raises(TypeError):
                kind(*given)
        for named in ({"start": 2}, {"other": 2}):
            with pytest.raises(TypeError):
                kind(1, **named)
