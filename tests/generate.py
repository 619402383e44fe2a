"""Random programs for the kill-and-resume harness: ``python generate.py SEED`` prints one.

The programs end by themselves, print what they do, and keep to what a boundary may stand in:
functions and methods that call later ones, in every statement and expression that the harness's
own programs use. Values are small integers.
"""

import random
import sys

HEADER = '''\
"""Generated program {seed}."""

import random

fuel = {fuel}


class Oops(Exception):
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
shared = [3, 1, 2]
print("result", f0(1, 2))
print(fuel, shared, random.random())
"""
FUNCTIONS = 5


class Writer:
    """Writes one program."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = HEADER.format(seed=seed, fuel=18).splitlines()
        self.number = 0
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

    # --- definitions

    def function(self, index):
        self.index, self.loops, self.in_text = index, 0, False
        self.variables = ["a", "b"]
        method = self.chance(3)
        depth = 1 if method else 0
        if method:
            self.line(0, f"class C{index}:")
            self.line(1, "count = 0")
            self.line(0, "")
        self.line(depth, f"def f{index}({'self, ' if method else ''}a, b=2):")
        self.line(depth + 1, f"print('f{index}', a, b)")
        self.line(depth + 1, "if spent():")
        self.line(depth + 2, "return a % 5")
        if method:
            self.line(depth + 1, "self.count += 1")
        if self.chance(3):
            self.closure(depth + 1)
        self.block(depth + 1, 3 if index == 0 else 2, top=True)
        self.line(depth + 1, f"return {self.expression(2)}")
        self.line(0, "")
        self.line(0, "")
        if method:
            self.line(0, f"f{index} = C{index}().f{index}")
            self.line(0, "")
            self.line(0, "")

    def closure(self, depth):
        name, cell = self.name("inner"), self.name("cell")
        self.line(depth, f"{cell} = a")
        self.line(depth, "")
        self.line(depth, f"def {name}(x, a=1, b=2):")
        self.line(depth + 1, f"nonlocal {cell}")
        saved, self.variables = self.variables, ["x", cell, "a", "b"]
        self.block(depth + 1, 1, top=False)
        self.line(depth + 1, f"{cell} = ({cell} + x) % 13")
        self.line(depth + 1, f"return {cell}")
        self.line(depth, "")
        self.variables = [*saved, cell]
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
        # What a block assigns may be unbound behind it.
        self.variables = known if not top else self.variables

    def statement(self, depth, levels):
        simple = [self.assign, self.augment, self.unpack, self.store, self.say]
        compound = [self.for_loop, self.while_loop, self.branch, self.attempt, self.within]
        compound += [self.match, self.for_loop, self.raising, self.leaving]
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
        first, second = self.random.sample(self.variables, 2)
        values = f"{self.expression(1)}, {self.expression(1)}"
        self.line(depth, self.pick(f"{first}, {second} = {values}", f"[{first}, *_] = ({values})"))

    def store(self, depth):
        place = f"shared[({self.expression(1)}) % 3]"
        self.line(depth, f"{place} {self.pick('', '+')}= {self.expression(1)}")

    def say(self, depth):
        self.line(depth, f"print({self.text_of(1)}, {self.expression(1)})")

    def for_loop(self, depth, levels, marked=None):
        self.loops += 1
        marked = not self.chance(3) if marked is None else marked
        end = f"range({self.random.randint(1, 3)})"
        target = self.name("i")
        header, new = self.pick(
            (f"{target} in {end}", [target]),
            (f"{target} in range(({self.expression(1)}) % 3)", [target]),
            (f"{target}, b in enumerate(shared)", [target]),
            (f"a, {target} in zip({end}, [5, 7])", [target]),
            (f"{target} in reversed(list({end}))", [target]),
            (f"{target} in [{self.expression(1)}, {self.expression(0)}]", [target]),
        )
        self.line(depth, f"for {header}:{'  # checkpoint' if marked else ''}")
        self.loop_body(depth, levels, new)

    def while_loop(self, depth, levels):
        self.loops += 1
        target = self.name("n")
        self.line(depth, f"{target} = {self.random.randint(1, 3)}")
        test = self.pick(target, f"{target} > 0", f"{target} > 0 and {self.expression(1)} != 11")
        self.line(depth, f"while {test}:{'' if self.chance(3) else '  # checkpoint'}")
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
        self.line(depth, f"if {self.test(2)}:")
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
            self.line(depth + 1, f"raise Oops({self.expression(1)})")
        self.line(depth, "except Oops as oops:")
        self.line(depth + 1, "print('caught', oops)")
        if self.chance(3):
            self.line(depth, "else:")
            self.block(depth + 1, levels)
        if self.chance(3):
            self.line(depth, "finally:")
            self.line(depth + 1, "print('finally')")

    def within(self, depth, levels):
        target = self.name("s")
        item = f"Section({self.expression(1)}) as {target}"
        self.line(depth, f"with {self.pick(item, item, f'Section(4), {item}')}:")
        saved = list(self.variables)
        self.variables.append(target)
        self.block(depth + 1, levels)
        self.variables = saved

    def match(self, depth, levels):
        m = self.name("m")
        self.line(depth, f"match {self.expression(1)} % 4, {self.expression(1)} % 2:")
        for pattern in ("(0, _)", f"({m}, 1) if {m} > 1", f"[{m}, 0 | 1]", "_"):
            if pattern == "_" or not self.chance(3):
                self.line(depth + 1, f"case {pattern}:")
                self.block(depth + 2, levels)

    def raising(self, depth, levels):
        self.line(depth, f"if {self.expression(1)} == {self.random.randint(0, 3)}:")
        self.line(depth + 1, f"raise Oops({self.expression(0)})")

    def leaving(self, depth, levels):
        self.line(depth, f"if {self.test(1)}:")
        self.line(depth + 1, f"return {self.expression(1)}")

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
            lambda: f"{self.call(less)} {self.pick(*'+-*')} {self.call(less)}",
            lambda: f"({self.expression(less)} if {self.test(less)} else {self.expression(less)})",
            lambda: f"({self.expression(less)} {self.pick('and', 'or')} {self.expression(less)})",
            lambda: f"min({self.expression(less)}, {self.expression(less)})",
            lambda: f"show({self.expression(less)}, *[{self.call(less)}], k={self.call(less)})",
            lambda: f"[{self.expression(less)}, {self.expression(less)}][bool({self.test(less)})]",
            lambda: f"len({self.text_of(less)})" if not self.in_text else "4",
            lambda: f"(lambda q: q + {self.expression(0)})({self.expression(less)})",
            lambda: f"sum(q * {self.expression(0)} for q in shared) % 17",
            lambda: f"random.randrange({self.random.randint(2, 9)})",
        )()

    def call(self, levels):
        if self.index + 1 >= FUNCTIONS:
            return self.expression(levels)
        name = f"f{self.random.randrange(self.index + 1, FUNCTIONS)}"
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
        )

    def text_of(self, levels):
        # A string inside an f-string could not have the same quotes before 3.12.
        saved, self.in_text = self.in_text, True
        text = f'f"{{{self.expression(levels)}}} {{{self.expression(0)}:>3}}"'
        self.in_text = saved
        return text


if __name__ == "__main__":
    print(Writer(sys.argv[1]).text, end="")
