"""Models of pydantic: validators, private attributes, generic and recursive ones."""

from typing import Generic, TypeVar

import pydantic


class M(pydantic.BaseModel):
    x: int
    y: list[int] = []
    name: str = pydantic.Field(default="n", max_length=5)
    _private: int = pydantic.PrivateAttr(default=7)

    @pydantic.field_validator("x")
    @classmethod
    def positive(cls, v):
        if v < 0:
            raise ValueError("neg")
        return v

    @property
    def double(self):
        return self.x * 2

    @pydantic.computed_field
    @property
    def triple(self) -> int:
        return self.x * 3


class N(M):
    inner: M | None = None
    model_config = pydantic.ConfigDict(frozen=True)


class Node(pydantic.BaseModel):
    kids: "list[Node]" = []


T = TypeVar("T")


class G(pydantic.BaseModel, Generic[T]):
    v: T


m = M(x=1, y=[2])
m._private = 9
n = N(x=2, inner=m)
node = Node(kids=[Node()])
g = G[int](v=3)
Gi = G[int]


@pydantic.dataclasses.dataclass
class DC:
    a: int = 1


dc = DC(a="3")
ta = pydantic.TypeAdapter(list[int])


def check():
    assert m == M(x=1, y=[2]) or m._private == 9
    assert m._private == 9 and m.double == 2 and m.triple == 3
    assert n.inner is m and n.model_dump()["inner"]["y"] == [2]
    try:
        M(x=-1)
    except pydantic.ValidationError:
        pass
    else:
        raise AssertionError
    try:
        n.x = 3
    except pydantic.ValidationError:
        pass
    else:
        raise AssertionError
    assert M.model_validate_json('{"x": 5}').x == 5
    assert m.model_dump_json() == '{"x":1,"y":[2],"name":"n","triple":3}', m.model_dump_json()
    assert (
        len(node.kids) == 1
        and type(node.kids[0]) is Node
        and Node.model_validate({"kids": [{}]}).kids
    )
    assert type(g) is Gi and g.v == 3 and G[int] is Gi

    class O(M):
        z: int = 4

    assert O(x=1).z == 4
    assert dc.a == 3 and DC(a="4").a == 4
    assert ta.validate_python(["1"]) == [1]
    assert M.model_json_schema()["properties"]["x"]["type"] == "integer"
    assert m.model_copy().y == [2]
