"""Defaults (also mutable ones), *args, **kwargs, keyword-only and positional-only arguments."""


def collect(first, /, second=2, *args, third, fourth=[], **kwargs):
    for i in range(3):  # checkpoint
        first += i
        args = (*args, i)
        kwargs[f"key{i}"] = first
        fourth.append(i)
    return first, second, args, third, len(fourth), sorted(kwargs.items())


def forward(*args, **kwargs):
    print("forward", args, sorted(kwargs))
    result = collect(*args, third="3", **kwargs)
    args = None
    return result, args


def late(n, cache={}, *, seen=set()):
    for i in range(n):  # checkpoint
        cache[i] = cache.get(i, 0) + 1
        seen.add(i * i)
    return cache, seen


print(forward(1))
print(forward(10, 20, 30, x=1, fourth=[]))
print(forward(5, second=6, y=7))
print(late(2)[0] is late(3)[0], late(1))
print(collect.__kwdefaults__, late.__defaults__)
