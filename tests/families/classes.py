"""Metaclasses, descriptors, slots, class attributes, containers with methods of their own."""

import operator
import weakref

log = []


def deco(cls):
    cls.decorated = True
    return cls


class Meta(type):
    made = []

    def __new__(m, name, bases, ns, **kw):
        Meta.made.append(name)
        ns["added"] = 1
        return super().__new__(m, name, bases, ns)

    def __init__(c, *a, **k):
        super().__init__(*a)
        c.registry = {}

    def __call__(c, *a):
        log.append("call")
        return super().__call__(*a)

    def __getattr__(c, n):
        if n.startswith("dyn_"):
            return n
        raise AttributeError(n)

    @property
    def on_meta(c):
        return c.__name__

    def __prepare__(name, bases, **kw):
        return {}

    def __iter__(c):
        return iter([1])

    def __len__(c):
        return 0

    def __bool__(c):
        return False

    def __eq__(c, o):
        return c is o

    def __hash__(c):
        return 5


class M(metaclass=Meta, opt=1):
    def __class_getitem__(cls, i):
        return i


m = M()
M.registry["m"] = m


class Desc:
    def __set_name__(self, o, n):
        log.append(n)
        self.n = n

    def __get__(self, i, o):
        return self if i is None else i.__dict__.get(self.n, "unset")

    def __set__(self, i, v):
        i.__dict__[self.n] = v


class D:
    d = Desc()
    e = Desc()
    x: int = 3
    mutable = []
    __hash__ = None


d = D()
d.d = 4
D.mutable.append(1)
D.later = lambda self: self.x


class Slots:
    __slots__ = ("a", "b", "__c", "__weakref__")

    def __init__(self):
        self.a = 1
        self.__c = 2

    def c(self):
        return self.__c


class SubSlots(Slots):
    __slots__ = ("d",)


class SubDict(Slots):
    pass


class WithDict:
    __slots__ = ("s", "__dict__")


class SlotDict:
    __slots__ = {"a": "doc of a"}


class EmptySlots(dict):
    __slots__ = ()


s, ss, sd, wd, sld, es = Slots(), SubSlots(), SubDict(), WithDict(), SlotDict(), EmptySlots(a=1)
ss.d = ss
sd.z = 3
wd.s, wd.t = 1, 2
del s.a
ref = weakref.ref(s)
slot = Slots.a


class Plugin:
    subs = []

    def __init_subclass__(cls, /, k=None, **kw):
        super().__init_subclass__(**kw)
        Plugin.subs.append((cls, k))


class P1(Plugin, k=1):
    pass


@deco
class Deco:
    pass


class Key:
    def __init__(self, n):
        self.n = n
        self.d = {self: 1}
        self.s = {self}

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, o):
        return self.n == o.n


key = Key("k")
keys = {key: [key], (key, 1): 2, frozenset([key]): 3}


class KS:
    __slots__ = ("n", "d")

    def __init__(self, n):
        self.n = n
        self.d = {self: 1}

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, o):
        return self.n == o.n


ks = KS("a")


class Outer:
    class Inner:
        class Deep:
            v = 1

    inner = Inner()


deep = Outer.Inner.Deep()
Dyn = type("Dyn", (Outer,), {"q": 1, "f": lambda self: self.q})
Renamed = type("Other", (), {})


class Diamond1:
    def who(self):
        return ["1"]


class Diamond2(Diamond1):
    def who(self):
        return ["2"] + super().who()


class Diamond3(Diamond1):
    def who(self):
        return ["3"] + super().who()


class Diamond4(Diamond2, Diamond3):
    def who(self):
        return ["4"] + super().who()


dia = Diamond4()


class Prop:
    def __init__(self):
        self._x = 1

    @property
    def x(self):
        "doc"
        return self._x

    @x.setter
    def x(self, v):
        self._x = v

    @x.deleter
    def x(self):
        del self._x

    cls_prop = property(operator.attrgetter("_x"))


prop = Prop()
propobj = Prop.__dict__["x"]


class DictSub(dict):
    def __missing__(self, k):
        return k

    def __init__(self, *a):
        super().__init__(*a)
        self.attr = 1

    def __setitem__(self, k, v):
        log.append("setitem")
        super().__setitem__(k, v)


class ListSub(list):
    def __init__(self, *a):
        super().__init__(*a)
        self.me = self

    def append(self, x):
        raise RuntimeError

    def extend(self, x):
        raise RuntimeError


ds, ls = DictSub({1: 2}), ListSub([1, 2])


class IntSub(int):
    pass


class StrSub(str):
    def __new__(cls, a, b):
        s = super().__new__(cls, a + b)
        s.b = b
        return s


i, st = IntSub(3), StrSub("a", "b")
i.x = i


class Hidden:
    __module__ = "nowhere"


hid = Hidden()


class Getattr:
    def __getattr__(self, n):
        return self.data[n]

    def __init__(self):
        self.data = {"z": 1}


ga = Getattr()


class Single:
    _inst = None

    def __new__(cls):
        if cls._inst is None:
            cls._inst = super().__new__(cls)
        return cls._inst


single = Single()


class Changed:
    def f(self):
        return 1


ch = Changed()


class Changed2:
    def f(self):
        return 2


ch.__class__ = Changed2
Changed.f = lambda self: 3
Changed.__bases__ = Changed.__bases__


class Base1:
    pass


class Base2:
    kind = 2


class Sub(Base1):
    pass


Sub.__bases__ = (Base2,)
mutable_default = D.mutable
super_obj = super(Diamond2, dia)
vd = vars(D)


def check():
    assert (
        Meta.made == ["M"]
        and log.count("call") == 1
        and M.added == 1
        and M.dyn_x == "dyn_x"
        and M.on_meta == "M"
    )
    assert (
        M.registry["m"] is m
        and list(M) == [1]
        and M[3] == 3
        and {M: 1}[M] == 1
        and "registry" not in vars(Meta)
    )
    assert (
        log.count("d") == 1
        and d.d == 4
        and d.e == "unset"
        and D.mutable == [1]
        and mutable_default is D.mutable
        and d.later() == 3
    )
    assert D.__hash__ is None and D.__annotations__ == {"x": int}
    assert (
        not hasattr(s, "a")
        and s.c() == 2
        and ref() is s
        and ss.d is ss
        and sd.z == 3
        and (wd.s, wd.t) == (1, 2)
        and slot is Slots.a
    )
    assert (
        not hasattr(ss, "__dict__") and es == {"a": 1} and SlotDict.__slots__ == {"a": "doc of a"}
    ), SlotDict.__slots__
    assert Plugin.subs == [(P1, 1)] and Deco.decorated
    assert (
        keys[Key("k")] == [key]
        and key.d[key] == 1
        and key in key.s
        and keys[(Key("k"), 1)] == 2
        and keys[frozenset([key])] == 3
    )
    assert ks.d[KS("a")] == 1
    assert (
        type(deep) is Outer.Inner.Deep
        and type(Outer.inner) is Outer.Inner
        and Outer.Inner.Deep.__qualname__ == "Outer.Inner.Deep"
    )
    assert Dyn().f() == 1 and isinstance(Dyn(), Outer) and Renamed.__name__ == "Other"
    assert dia.who() == ["4", "2", "3", "1"] and Diamond4.__mro__[1] is Diamond2
    assert prop.x == 1
    prop.x = 5
    assert (
        prop.x == 5
        and propobj is Prop.__dict__["x"]
        and Prop.x.__doc__ == "doc"
        and prop.cls_prop == 5
    )
    assert ds[1] == 2 and ds["q"] == "q" and ds.attr == 1 and log.count("setitem") == 0, log
    assert ls == [1, 2] and ls.me is ls and type(ls) is ListSub
    assert i == 3 and i.x is i and st == "ab" and st.b == "b"
    assert (
        type(hid) is Hidden and Hidden.__module__ == "nowhere" and ga.z == 1 and Single() is single
    )
    assert (
        ch.f() == 2 and Changed().f() == 3 and Sub.kind == 2 and Sub.__mro__ == (Sub, Base2, object)
    )
    assert super_obj.who() == ["3", "1"]
    assert vd["x"] == 3 and vd["mutable"] is D.mutable
    D.new_entry = 1
    assert vd["new_entry"] == 1
