"""Generators of the standard library suspended at the boundary."""

import ast
import collections
import contextlib
import difflib
import heapq
import json
import os
import shlex
import textwrap


def work(n, tag=""):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


def watched(name, items, start=1):
    """Take some, let a boundary come, take one, let another come, take the rest."""
    items = iter(items)
    print(name, [next(items, None) for _ in range(start)])
    work(1, name)
    print(name, next(items, None))
    work(1, name)
    print(name, list(items))


def sorted_walk(**options):
    for top, folders, files in os.walk("tree", **options):
        folders.sort()
        yield top, folders, sorted(files)


for folder in ("tree", "tree/a", "tree/a/b", "tree/c"):
    os.makedirs(folder, exist_ok=True)
    for name in ("one.txt", "two.py"):
        with open(f"{folder}/{name}", "w") as file:
            file.write(folder)

watched("walk", sorted_walk())
found = os.walk("tree")
next(found)
work(2, "os.walk")
print(sorted(top for top, _, _ in found))
tree = ast.parse("def f(a, b=1):\n    return [a + b for c in d]\nx = f(2)")
watched("ast.walk", map(type, ast.walk(tree)), 3)
watched("fields", (name for name, _ in ast.iter_fields(tree)))
watched("children", map(type, ast.iter_child_nodes(tree)))
watched("merge", heapq.merge([1, 4, 7], [2, 5], [3, 6, 8]), 2)
watched("merge by key", heapq.merge("acE", "Bd", key=str.lower), 2)
watched("merge reversed", heapq.merge([7, 4], [5, 2], reverse=True), 2)
one, other = ["one\n", "two\n", "three\n"], ["ore\n", "tree\n", "emu\n"]
watched("unified", difflib.unified_diff(one, other), 2)
watched("context", difflib.context_diff(one, other), 2)
watched("ndiff", difflib.ndiff(one, other), 2)
watched("encode", json.JSONEncoder(indent=1).iterencode({"a": [1, {"b": None}], "c": "d"}), 4)
watched("wrapped", (line for line in textwrap.wrap("the quick brown fox jumps", 9)))
watched("counter", collections.Counter(a=2, b=1, c=3).elements(), 2)
watched("shlex", shlex.shlex("a 'b c' d; e"), 1)


@contextlib.contextmanager
def mine(name):
    with contextlib.ExitStack() as stack:
        stack.callback(print, "leave", name)
        yield name


with mine("outer") as outer, contextlib.closing(os.walk("tree")) as walk:
    next(walk)
    work(2, outer)
    print(len(list(walk)))


def chained():
    yield "first"
    total = yield from heapq.merge([1, 3], [2])
    yield total
    yield from ast.walk(ast.parse("x + 1"))


watched("chained", (x if isinstance(x, str | int) else type(x) for x in chained()), 2)
unstarted = heapq.merge([2], [1])
ended = ast.walk(ast.parse(""))
list(ended)
again = [unstarted, unstarted, ended]
work(2, "again")
print(list(again[1]), list(again[0]), list(again[2]))
