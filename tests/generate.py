"""Random programs for kill and resume: ``python generate.py SEED`` prints one.

The programs end by themselves and print what they do. Values are small integers. All functions
call later ones or themselves, in every statement and expression that can be resumed; those that
are refused as yet stand in ``LATER``, and few programs have one of them.
"""

import random
import sys

LATER = {
    "class_body": "class statement|class body",
    "default": "a decorator or default argument",
    "starred": "LIST_EXTEND",
    "lazy": "LIST_EXTEND",
}
"""Constructs that are refused as yet, with what the refusal says."""

HEADER = '''\
"""Generated program {seed}."""

import functools
import itertools
import random
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

fuel = {fuel}


class Oops(Exception):
    pass


class Worse(Oops):
    pass


class Section:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, value, traceback):
        print("exit", self.name, kind and kind.__name__)
        return kind is Oops and self.name % 2 == 0


@dataclass
class Box:
    x: int = 0
    items: list = field(default_factory=lambda: [1, 2, 3])

    def __getitem__(self, index):
        return self.items[index % 3]

    def __setitem__(self, index, value):
        print("set", index, value)
        self.items[index % 3] = value % 97

    def __iter__(self):
        for item in self.items:
            yield item


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **named):
        print("call", function.__name__)
        return function(*args, **named)

    return wrapper


def g(a):
    yield a
    yield 2


@contextmanager
def section(a):
    print("in", a)
    yield a
    print("out", a)


def spent():
    global fuel
    fuel -= 1
    return fuel < 0


def show(*values, **named):
    print("show", values, named)
    return sum(values) + sum(named.values())


'''
FOOTER = """\


random.seed({seed!r})
shared, box = [3, 1, 2], Box()
try:
    print("result", f0(1, 2))
except Oops as oops:
    print("oops", type(oops).__name__, oops, type(oops.__context__), type(oops.__cause__))
print(fuel, shared, box, random.random())
"""
FUNCTIONS = 5
GENERATORS = 2


class Writer:
    """Writes one program, as ``choices`` has it, an instance of `random.Random`."""

    def __init__(self, choices, seed):
        self.random = choices
        self.lines = HEADER.format(seed=seed, fuel=14).splitlines()
        self.number = 0
        self.later = self.has_later = self.pick(*LATER) if self.chance(12) else ""
        self.index, self.marks, self.in_text = FUNCTIONS, False, False
        self.generators = 0
        for index in range(GENERATORS):
            self.generator(index)
            self.generators += 1
        self.marks = True
        for index in range(FUNCTIONS):
            self.function(index)
        self.lines += FOOTER.format(seed=seed).splitlines()

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def name(self, stem):
        self.number += 1
        return f"{stem}{self.number}"

    def line(self, depth, text):
        self.lines.append("    " * depth + text)

    def made(self, stem):
        """A generator function that is there already: none calls itself."""
        return f"{stem}{self.random.randrange(self.generators)}" if self.generators else stem

    # --- definitions

    def begin(self, variables, result="return {}", yields=False):
        self.loops, self.variables, self.result, self.yields = 0, variables, result, yields

    def generator(self, index):
        self.begin(["a"], "return {}", yields=True)
        self.line(0, f"def g{index}(a):")
        self.line(1, "received = yield a")
        self.line(1, "if not isinstance(received, int):")
        self.line(2, "received = 0")
        self.variables.append("received")
        self.block(1, 2)
        self.line(1, f"yield {self.expression(1)}")
        self.blank()
        self.line(0, "@contextmanager")
        self.line(0, f"def section{index}(a):")
        self.line(1, "print('in', a)")
        self.begin(["a"], "return {}")
        self.line(1, self.pick("try:", "with Section(a):"))
        attempt = self.lines[-1].strip() == "try:"
        self.line(2, f"yield {self.expression(1)}")
        if attempt:
            self.line(1, "finally:")
            self.line(2, "print('out', a)")
        self.blank()

    def blank(self):
        self.lines += ["", ""]

    def function(self, index):
        self.index = index
        kind = self.pick(*["plain"] * 3, *"method init property decorated callable class_".split())
        start = {
            "plain": [f"def f{index}(a, b=2):"],
            "method": [f"class C{index}:", "    count = 0", "", f"    def f{index}(self, a, b=2):"],
            "init": [f"class C{index}:", "    def __init__(self, a, b=2):"],
            "property": [
                f"class C{index}:",
                "    def __init__(self, a, b):",
                "        self.a, self.b = a, b",
                "",
                "    @property",
                f"    def value{index}(self):",
            ],
            "decorated": ["@traced", f"def f{index}(a, b=2):"],
            "callable": [f"class C{index}:", "    def __call__(self, a, b=2):"],
            "class_": [f"class C{index}:", "    @classmethod", f"    def f{index}(cls, a, b=2):"],
        }[kind]
        self.lines += start
        depth = 1 if kind in ("plain", "decorated") else 2
        self.begin(["a", "b"], "self.value = {}\nreturn" if kind == "init" else "return {}")
        if kind == "property":
            self.line(depth, "a, b = self.a, self.b")
        self.line(depth, f"print('f{index}', a, b)")
        self.line(depth, "if spent():")
        self.leave(depth + 1, "a % 5")
        if kind == "method":
            self.line(depth, "self.count += 1")
        if self.chance(3):
            self.closure(depth)
        self.block(depth, 3 if index == 0 else 2, top=True)
        self.leave(depth, self.expression(2))
        self.blank()
        self.lines += {
            "method": [f"f{index} = C{index}().f{index}", ""],
            "class_": [f"f{index} = C{index}.f{index}", ""],
            "callable": [f"f{index} = C{index}()", ""],
            "init": [f"def f{index}(a, b=2):", f"    return C{index}(a, b).value", "", ""],
            "property": [
                f"def f{index}(a, b=2):",
                f"    return C{index}(a, b).value{index}",
                "",
                "",
            ],
        }.get(kind, [])

    def closure(self, depth):
        name, cell = self.name("inner"), self.name("cell")
        self.line(depth, f"{cell} = a")
        self.line(depth, "")
        self.line(depth, f"def {name}(x, a=1, b=2):")
        self.line(depth + 1, f"nonlocal {cell}")
        saved = self.variables, self.result, self.loops
        self.variables, self.result = ["x", cell, "a", "b"], "return {}"
        self.block(depth + 1, 1, top=False)
        self.variables, self.result, self.loops = saved
        self.line(depth + 1, f"{cell} = ({cell} + x) % 13")
        self.line(depth + 1, f"return {cell}")
        self.line(depth, "")
        self.variables.append(cell)
        result = self.name("v")
        self.line(depth, f"{result} = {name}({self.expression(1)}) + {cell}")
        self.variables.append(result)

    # --- statements

    def block(self, depth, levels, top=False):
        known = list(self.variables)
        for _ in range(self.random.randint(2, 4) if levels else 1):
            self.statement(depth, levels)
        if top and not self.loops:
            self.for_loop(depth, max(levels, 1), marked=True)
        if top and self.later:
            getattr(self, self.later)(depth)
            self.later = ""
        # What a block assigns may be unbound behind it.
        self.variables = known if not top else self.variables

    def statement(self, depth, levels):
        simple = [self.assign, self.augment, self.unpack, self.store, self.say, self.delete]
        simple += [self.chained, self.attribute, self.annotated, self.claim, self.display]
        compound = [self.for_loop, self.while_loop, self.branch, self.attempt, self.within]
        compound += [self.match, self.for_loop, self.raising, self.leaving, self.drive]
        compound += [self.finally_, self.except_star]
        simple += [self.live_target, self.annotated_target, self.from_c]
        if self.marks:
            compound += [self.running_generator, self.operator]
        if self.yields:
            simple += [self.yielding] * 6
        choice = self.random.choice(simple + compound if levels else simple)
        if choice in simple:
            choice(depth)
        else:
            choice(depth, levels - 1)

    def assign(self, depth):
        value = self.expression(2)
        name = self.name("v") if self.chance(2) else self.random.choice(self.variables)
        self.line(depth, f"{name} = {value}")
        if name not in self.variables:
            self.variables.append(name)

    def augment(self, depth):
        name = self.random.choice(self.variables)
        self.line(depth, f"{name} {self.pick('+', '-', '*')}= {self.expression(2)}")
        self.line(depth, f"{name} %= 97")

    def unpack(self, depth):
        first, second = self.random.sample(self.variables * 2, 2)
        values = f"{self.expression(1)}, {self.expression(1)}"
        self.line(depth, self.pick(f"{first}, {second} = {values}", f"[{first}, *_] = ({values})"))

    def store(self, depth):
        place = f"{self.pick('shared', 'box.items')}[({self.expression(1)}) % 3]"
        self.line(depth, f"{place} {self.pick('', '+')}= {self.expression(1)} % 50")

    def attribute(self, depth):
        self.line(depth, f"box.x {self.pick('+', '-', '')}= {self.expression(1)} % 50")
        self.line(depth, f"box[{self.expression(1)}] {self.pick('', '+')}= {self.expression(1)}")

    def chained(self, depth):
        name = self.random.choice(self.variables)
        self.line(depth, f"{name} = shared[{self.expression(1)} % 3] = {self.expression(1)} % 50")

    def annotated(self, depth):
        name = self.name("v")
        self.line(depth, f"{name}: int = {self.expression(1)}")
        self.variables.append(name)

    def delete(self, depth):
        name = self.name("v")
        self.line(depth, f"{name} = {{{self.expression(1)}: {self.expression(1)}}}")
        self.line(depth, f"print({name}, *sorted({name}.items()))")
        self.line(depth, f"del {name}")

    def claim(self, depth):
        self.line(depth, f"assert {self.expression(1)} != -1, {self.expression(1)}")

    def display(self, depth):
        inner = f"{self.expression(1)}, *[{self.expression(1)}], {self.expression(1)}"
        entries = f"'p': {self.expression(1)}, **{{'q': {self.expression(1)}}}"
        self.line(depth, f"print([{inner}], {{{entries}}})")

    def say(self, depth):
        self.line(depth, f"print({self.text_of(1)}, {self.expression(1)})")

    def yielding(self, depth):
        name = self.random.choice(self.variables)
        value = self.expression(1)
        self.line(depth, self.pick(f"yield {value}", f"{name} = (yield {value}) or {name}"))
        if self.chance(6):
            items = self.pick("shared", "itertools.chain(shared, box)")
            self.line(depth, f"yield from {items}")

    def items(self, target):
        end = f"range({self.random.randint(1, 3)})"
        return self.pick(
            (f"{target} in {end}", [target]),
            (f"{target} in range(({self.expression(1)}) % 3)", [target]),
            (f"{target}, b in enumerate(shared)", [target]),
            (f"a, {target} in zip({end}, [5, 7])", [target]),
            (f"{target} in reversed(list({end}))", [target]),
            (f"{target} in [{self.expression(1)}, {self.expression(0)}]", [target]),
            (f"{target} in itertools.chain({end}, [{self.expression(1)}])", [target]),
            (f"{target} in itertools.islice(itertools.count({self.expression(0)}), 2)", [target]),
            (f"{target} in map(abs, [{self.expression(1)}, -3])", [target]),
            (f"{target}, _ in {{{self.expression(0)}: 1, 60: 2}}.items()", [target]),
            (f"{target} in box", [target]),
            (f"{target} in itertools.islice({self.made('g')}(4), 3)", [target]),
        )

    def for_loop(self, depth, levels, marked=None):
        self.loops += 1
        marked = not self.chance(3) if marked is None else marked
        header, new = self.items(self.name("i"))
        self.line(depth, f"for {header}:{'  # checkpoint' if marked and self.marks else ''}")
        self.loop_body(depth, levels, new)

    def while_loop(self, depth, levels):
        self.loops += 1
        target = self.name("n")
        self.line(depth, f"{target} = {self.random.randint(1, 3)}")
        test = self.pick(
            target,
            f"{target} > 0",
            f"{target} > 0 and {self.expression(1)} != 11",
            f"({self.name('w')} := {target} * 2) > {self.expression(0)} * 0",
        )
        marked = self.marks and not self.chance(3)
        self.line(depth, f"while {test}:{'  # checkpoint' if marked else ''}")
        self.line(depth + 1, f"{target} -= 1")
        self.loop_body(depth, levels, [])

    def loop_body(self, depth, levels, new):
        saved = list(self.variables)
        self.variables += new
        self.block(depth + 1, levels)
        if self.chance(3):
            self.line(depth + 1, f"if {self.test(1)}:")
            self.line(depth + 2, self.pick("break", "continue"))
            self.say(depth + 1)
        self.variables = saved
        if self.chance(4):
            self.line(depth, "else:")
            self.block(depth + 1, 0)

    def branch(self, depth, levels):
        name = self.name("w")
        test = self.pick(self.test(2), f"({name} := {self.expression(2)}) > 3")
        self.line(depth, f"if {test}:")
        self.block(depth + 1, levels)
        if self.chance(2):
            self.line(depth, f"elif {self.test(2)}:")
            self.block(depth + 1, levels)
        if self.chance(2):
            self.line(depth, "else:")
            self.block(depth + 1, levels)

    def attempt(self, depth, levels):
        self.line(depth, "try:")
        self.block(depth + 1, levels)
        if self.chance(2):
            self.line(depth + 1, f"raise {self.pick('Oops', 'Worse')}({self.expression(1)})")
        name = self.name("oops")
        if self.chance(4):
            self.line(depth, "except (Worse, KeyError):")
            self.block(depth + 1, 0)
        self.line(depth, f"except Oops as {name}:")
        self.line(depth + 1, f"print('caught', {name}, sys.exc_info()[0], {name}.args)")
        if self.chance(2):
            self.block(depth + 1, levels)
            self.line(depth + 1, f"print({name}, type({name}.__context__))")
        if self.chance(4):
            ends = (f"raise Worse({self.expression(1)})", "raise")
            self.line(depth + 1, self.pick(*ends, f"{ends[0]} from {name}", f"{ends[0]} from None"))
        if self.chance(3):
            self.line(depth, "else:")
            self.block(depth + 1, levels)
        if self.chance(3):
            self.line(depth, "finally:")
            self.line(depth + 1, "print('finally')")

    def within(self, depth, levels):
        target = self.name("s")
        item = self.pick(
            f"Section({self.expression(1)}) as {target}",
            f"{self.made('section')}({self.expression(1)}) as {target}",
        )
        item = self.pick(item, item, f"Section(4), {item}", f"(Section(1), {item})")
        saved = list(self.variables)
        if self.chance(5):
            self.line(depth, "with ExitStack() as stack:")
            entered = f"Section({self.expression(1)})"
            self.line(depth + 1, f"{target} = stack.enter_context({entered})")
        else:
            self.line(depth, f"with {item}:")
        self.variables.append(target)
        self.block(depth + 1, levels)
        self.variables = saved

    def match(self, depth, levels):
        m = self.name("m")
        subject = f"{self.expression(1)} % 4, {self.expression(1)} % 2"
        self.line(depth, f"match {subject}:")
        for pattern in ("(0, _)", f"({m}, 1) if {m} > {self.expression(1)}", f"[{m}, 0 | 1]", "_"):
            if pattern == "_" or not self.chance(3):
                self.line(depth + 1, f"case {pattern}:")
                self.block(depth + 2, levels)

    def raising(self, depth, levels):
        self.line(depth, f"if {self.expression(1)} == {self.random.randint(0, 3)}:")
        self.line(depth + 1, f"raise Oops({self.expression(0)})")

    def leaving(self, depth, levels):
        self.line(depth, f"if {self.test(1)}:")
        self.leave(depth + 1, self.expression(1))

    def leave(self, depth, value):
        for line in self.result.format(value).splitlines():
            self.line(depth, line)

    def drive(self, depth, levels):
        """A generator that is suspended while a block runs."""
        name = self.name("gen")
        self.line(depth, f"{name} = {self.made('g')}({self.expression(1)})")
        self.line(depth, f"print(next({name}, None))")
        self.block(depth, levels)
        step = f"{name}.send({self.expression(0)})"
        self.line(depth, f"print({self.pick(f'next({name}, None)', f'list({name})[:9]')})")
        self.line(depth, "try:")
        throw = f"{name}.throw(Oops({self.expression(0)}))"
        self.line(depth + 1, f"print({self.pick(step, throw, f'{name}.close()')})")
        self.line(depth, "except (StopIteration, Oops) as end:")
        self.line(depth + 1, "print('end', type(end).__name__)")

    def finally_(self, depth, levels):
        self.line(depth, "try:")
        self.block(depth + 1, 0)
        self.line(depth, "finally:")
        self.for_loop(depth + 1, 1, marked=True)

    def except_star(self, depth, levels):
        self.line(depth, "try:")
        self.line(depth + 1, "raise ExceptionGroup('many', [Oops(1), KeyError(2)])")
        self.line(depth, "except* Oops as many:")
        self.for_loop(depth + 1, 0, marked=True)
        self.line(depth + 1, "print(many.exceptions)")
        self.line(depth, "except* KeyError:")
        self.line(depth + 1, "print('key')")

    def running_generator(self, depth, levels):
        name = self.name("run")
        self.line(depth, f"def {name}():")
        self.line(depth + 1, "for i in range(3):  # checkpoint")
        self.line(depth + 2, "yield i")
        taken = self.pick("list(", "sum(", "max(", "sorted(", "tuple(")
        self.line(depth, f"print({taken}{name}()))")

    def starred(self, depth):
        name = self.name("run")
        self.line(depth, f"def {name}():")
        self.line(depth + 1, "for i in range(3):  # checkpoint")
        self.line(depth + 2, "yield i")
        self.line(depth, f"print(min(9, *{name}()))")

    def lazy(self, depth):
        self.line(depth, f"print(max(0, *({self.call(1)} for _ in range(2))))")

    def default(self, depth):
        name = self.name("with_default")
        self.line(depth, f"def {name}(x={self.call(1)}):")
        self.line(depth + 1, "return x")
        self.line(depth, f"print({name}())")

    def live_target(self, depth):
        self.line(depth, f"shared[{self.call(1)} % 3], shared[0] = {self.expression(0)}, 5")

    def class_body(self, depth):
        name = self.name("Made")
        self.line(depth, f"class {name}:")
        self.line(depth + 1, f"x = {self.call(1)}")
        self.line(depth, f"print({name}.x)")

    def operator(self, depth, levels):
        name = self.name("Number")
        self.line(depth, f"class {name}:")
        self.line(depth + 1, "def __add__(self, other):")
        self.line(depth + 2, "for i in range(2):  # checkpoint")
        self.line(depth + 3, "other += i")
        self.line(depth + 2, "return other")
        self.line(depth, f"print({name}() + {self.expression(1)})")

    def from_c(self, depth):
        name = f"f{min(self.index + 1, FUNCTIONS - 1)}" if self.marks else "abs"
        items = self.pick("shared", "box", "range(2)")
        call = self.pick(f"sorted({items}, key={name})", f"max({items}, key={name})")
        self.line(depth, f"print({self.pick(call, f'list(map({name}, {items}))')})")

    def annotated_target(self, depth):
        self.line(depth, f"shared[{self.call(1)} % 3]: int = {self.expression(0)}")

    # --- expressions

    def expression(self, levels):
        if not levels:
            return self.pick(*self.variables, str(self.random.randint(0, 9)))
        less = levels - 1
        return self.pick(
            lambda: f"{self.expression(0)}",
            lambda: f"({self.expression(less)} {self.pick(*'+-*')} {self.expression(less)}) % 31",
            lambda: self.call(less),
            lambda: self.call(less),
            lambda: f"({self.call(less)} {self.pick(*'+-*')} {self.call(less)})",
            lambda: f"({self.expression(less)} if {self.test(less)} else {self.expression(less)})",
            lambda: f"({self.expression(less)} {self.pick('and', 'or')} {self.expression(less)})",
            lambda: f"min({self.expression(less)}, {self.expression(less)})",
            lambda: f"show({self.expression(less)}, *[{self.call(less)}], k={self.call(less)})",
            lambda: f"[{self.expression(less)}, {self.expression(less)}][bool({self.test(less)})]",
            lambda: f"len({self.text_of(less)})" if not self.in_text else "4",
            lambda: f"(lambda q: q + {self.expression(0)})({self.expression(less)})",
            lambda: f"(lambda q, r=3: q * {self.call(0)} - r)({self.expression(less)})",
            lambda: self.comprehension(),
            lambda: self.comprehension(),
            lambda: f"random.randrange({self.random.randint(2, 9)})",
            lambda: f"(-{self.expression(less)} // {self.random.randint(1, 5)})",
            lambda: f"sum(({self.expression(less)}, *({self.call(less)}, 2))[{self.bit()}:])",
            lambda: f"[*{{7: {self.expression(less)}, 8: {self.call(less)}}}.values()][1]",
            lambda: f"box[{self.expression(less)}]",
        )()

    def bit(self):
        return f"{self.expression(0)} % 2"

    def comprehension(self):
        name = self.name("q")
        saved, self.variables = self.variables, [*self.variables, name]
        element, test = self.pick(self.call(0), self.expression(0)), self.test(0)
        self.variables = saved
        clause = f"for {name} in {self.pick('shared', 'range(2)', 'box')}"
        if self.chance(2):
            clause += f" if {test}"
        if self.chance(4):
            clause += f" for {self.name('q')} in range({self.call(0)} % 3)"
        return self.pick(
            f"sum([{element} {clause}])",
            f"sum({element} {clause}) % 17",
            f"len({{{element} {clause}}})",
            f"len({{{name}: {element} {clause}}})",
            f"any({element} {clause})",
            f"all({element} > 2 {clause})",
            f"len([{self.name('w')} := {element} {clause}])",
        )

    def call(self, levels):
        if self.index + 1 >= FUNCTIONS:
            if self.index < FUNCTIONS and self.chance(3):
                return f"f{self.index}({self.expression(0)})"
            return self.expression(levels)
        name = f"f{self.random.randrange(self.index + self.random.randrange(2), FUNCTIONS)}"
        first, second = self.expression(levels), self.expression(levels)
        return self.pick(
            f"{name}({first})", f"{name}({first}, b={second})", f"{name}(*({first}, 1))"
        )

    def test(self, levels):
        less = max(levels - 1, 0)
        first, second = self.expression(less), self.expression(less)
        return self.pick(
            f"{first} < {second}",
            f"0 <= {first} < {second} != 7",
            f"{first} % 2",
            f"not {first} % 3",
            f"({first} % 2 == 0 or {second} > 4)",
            f"{first} in (1, {second}, 3)",
        )

    def text_of(self, levels):
        # A string inside an f-string could not have the same quotes before 3.12.
        saved, self.in_text = self.in_text, True
        text = (
            f'f"{{{self.expression(levels)}}} {{{self.expression(0)}:>{{3}}}} {{{self.call(0)}!r}}"'
        )
        self.in_text = saved
        return text


if __name__ == "__main__":
    print(Writer(random.Random(sys.argv[1]), sys.argv[1]).text, end="")
