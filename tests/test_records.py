"""Records are made as dataclasses are."""

import pytest

from autoresume.transforms.records import field, record, replace


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
