"""Kinds of objects: how some are made, and how they are used afterwards."""

KINDS = {}


def kind(name, make, use):
    assert name not in KINDS, name
    KINDS[name] = make, use


# -- iterators of built-in types -------------------------------------------------------------

kind(
    "list iterators",
    """
    items = [1, 2, 3, 4, 5]
    some, back, new, ended = iter(items), reversed(items), iter(items), iter(items)
    shrunk, grown = iter(items), iter(items)
    next(some); next(some); next(back); list(ended)
    shared = [some, {"it": some}]
    holder = [1, 2, 3]
    inside = iter(holder)
    next(inside); next(inside)
    holder.append(inside)
    for _ in range(4):
        next(shrunk)
    del items[2:]
    """,
    """
    print(shared[0] is some is shared[1]["it"], holder[3] is inside)
    items.extend("abcd")
    rest(some); rest(back); rest(new); rest(ended); rest(shrunk)
    print(next(inside), next(inside) is inside, list(inside))
    """,
)
kind(
    "iterators of sequences",
    """
    class Squares:
        def __init__(self, n):
            self.n, self.asked = n, []
        def __getitem__(self, i):
            self.asked.append(i)
            if i >= self.n:
                raise IndexError
            return i * i
        def __len__(self):
            self.asked.append("len")
            return self.n
    squares = Squares(4)
    one, back, done = iter(squares), reversed(squares), iter(squares)
    next(one); next(back); list(done)
    text, data, mutable, pair = iter("añ€😀b"), iter(b"abc"), iter(b := bytearray(b"abcd")), iter((1, 2, 3))
    twice, numbers, huge = reversed("abc"), iter(range(0, 10, 3)), iter(range(1 << 70, 1 << 71, 1 << 69))
    down = reversed(range(5))
    for it in text, data, mutable, pair, twice, numbers, huge, down:
        next(it)
    b.pop(0); b.append(7)
    empty = iter("")
    """,
    """
    b.append(9)
    for it in text, data, mutable, pair, twice, numbers, huge, down, empty, one, back, done:
        rest(it)
    print(squares.asked)
    """,
)
kind(
    "dict iterators",
    """
    d = dict(a=1, b=2, c=3, d=4)
    keys, values, items, back, new = iter(d), iter(d.values()), iter(d.items()), reversed(d), iter(d)
    pairs_back, values_back = reversed(d.items()), reversed(d.values())
    ended, asked = iter(d), iter(d)
    for it in keys, values, items, items, back, pairs_back, values_back, ended:
        next(it)
    list(ended)
    for _ in range(4):
        next(asked)
    changed = {1: 1, 2: 2, 3: 3}
    stale, same_size = iter(changed), iter(changed)
    next(stale); next(same_size)
    del changed[1]
    changed[4] = 4
    late = iter(changed)
    next(late)
    changed[5] = 5
    holes = {i: i for i in range(30)}
    for i in range(0, 30, 3):
        del holes[i]
    holed, from_end = iter(holes.items()), reversed(holes)
    for _ in range(7):
        next(holed); next(from_end)
    for i in 1, 2, 29:
        del holes[i]
    self = {"x": 1, "y": 2, "z": 3}
    inside = iter(self)
    next(inside)
    self["y"] = inside
    class Node:
        def __init__(self):
            self.a, self.b, self.c = 1, 2, 3
            self.walk = None
            self.walk = iter(vars(self).items())
    node = Node()
    next(node.walk)
    """,
    """
    d["b"] = "changed"
    for it in keys, values, items, back, new, pairs_back, values_back, ended, asked:
        rest(it)
    rest(late)
    del changed[5]
    rest(stale); rest(same_size)
    rest(holed); rest(from_end)
    print(self["y"] is inside)
    rest(inside)
    print([name for name, _ in node.walk])
    """,
)
kind(
    "dict iterators that notice changes",
    """
    d = dict(a=1, b=2, c=3)
    its = [iter(d), iter(d.values()), reversed(d.items()), iter(d.keys())]
    for it in its[:3]:
        next(it)
    """,
    """
    d["new"] = 4
    for it in its:
        rest(it)
    """,
)
kind(
    "set iterators",
    """
    s, frozen = set(range(0, 100, 7)), frozenset("abcdef")
    one, other, ended = iter(s), iter(frozen), iter(s)
    seen = [next(one) for _ in range(4)], [next(other) for _ in range(2)]
    list(ended)
    changed = set(range(10))
    stale, same = iter(changed), iter(changed)
    next(stale); next(same)
    changed.add(1000)
    """,
    """
    rest(one); rest(other); rest(ended); rest(stale)
    changed.discard(1000)
    rest(same)
    later = iter(s)
    next(later)
    s.add(1)
    rest(later)
    """,
)
kind(
    "OrderedDict iterators",
    """
    from collections import OrderedDict
    od = OrderedDict(a=1, b=2, c=3, d=4)
    its = [iter(od), reversed(od), iter(od.items()), iter(od.values()), reversed(od.values()), iter(od)]
    for it in its:
        next(it)
    list(its[-1])
    changed = OrderedDict(a=1, b=2)
    stale = iter(changed)
    next(stale)
    changed["c"] = 3
    self = OrderedDict(x=1, y=2)
    inside = iter(self.items())
    next(inside)
    self["y"] = inside
    od.move_to_end
    """,
    """
    od["b"] = 20
    for it in its:
        rest(it)
    rest(stale)
    print(next(inside)[1] is inside, list(inside))
    """,
)
kind(
    "deque iterators",
    """
    from collections import deque
    d = deque(range(200), 300)
    one, back, new, ended = iter(d), reversed(d), iter(d), iter(d)
    for _ in range(70):
        next(one); next(back)
    list(ended)
    changed = deque([1, 2, 3])
    stale = iter(changed)
    next(stale)
    changed.append(4)
    self = deque([1, 2])
    inside = iter(self)
    next(inside)
    """,
    """
    print(sum(one), sum(back), sum(new), list(ended), d.maxlen)
    rest(stale)
    fresh = iter(d)
    d.rotate(1)
    rest(fresh)
    self.append(3)
    rest(inside)
    """,
)
kind(
    "enumerate, zip, map, filter",
    """
    calls = []
    def double(*xs):
        calls.append(xs)
        return sum(xs) * 2
    xs, shared = [1, 2, 3, 4, 5], iter("abcdefgh")
    tagged, far = enumerate(xs, 3), enumerate(xs, 1 << 65)
    pairs, strict = zip(shared, xs, shared), zip(xs, shared, strict=True)
    mapped, kept, truthy = map(double, iter(xs), shared_numbers := iter(xs)), filter(lambda x: x % 2, xs), filter(None, [0, 1, 2])
    nested = enumerate(map(double, filter(lambda x: x > 1, zip_source := iter(xs))))
    nothing = zip()
    for it in tagged, far, pairs, strict, mapped, kept, nested:
        next(it)
    at_max = enumerate("abc", __import__("sys").maxsize)
    next(at_max)
    looped = []
    endless = map(lambda x: (x, endless is loop_of[0]), looped)
    loop_of = [endless]
    looped.extend([1, endless])
    """,
    """
    for it in tagged, far, pairs, strict, mapped, kept, truthy, nested, nothing, at_max, shared_numbers:
        rest(it, 3)
    print(calls, list(zip_source))
    print(next(endless), next(endless)[1])
    """,
)
kind(
    "iterators of calls",
    """
    box = []
    def pull():
        box.append(len(box))
        return len(box)
    until, ended = iter(pull, 5), iter(int, 0)
    next(until); next(ended, None)
    """,
    "rest(until); rest(ended); print(box)",
)
kind(
    "iterators of one's own",
    """
    class Countdown:
        made = 0
        def __init__(self, n):
            self.n = n
        def __iter__(self):
            Countdown.made += 1
            return self
        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return self.n
    import itertools
    one = Countdown(9)
    its = [zip(one, "ab"), enumerate(one), map(str, one), itertools.islice(one, 2), itertools.chain([1], one),
           itertools.cycle(one), itertools.accumulate(one)]
    class Loud(map):
        "with attributes"
        __slots__ = ("__dict__", "slot")
        def __next__(self):
            return ("loud", super().__next__())
    loud = Loud(str, one)
    loud.note, loud.slot = [1], 2
    class Steps(itertools.count):
        pass
    steps = Steps(3, 4)
    next(steps); next(loud)
    """,
    """
    print(Countdown.made)
    for it in its:
        rest(it, 2)
    rest(loud); print(loud.note, loud.slot, type(loud).__name__)
    rest(steps, 3); print(Countdown.made)
    """,
)
kind(
    "memoryview and array iterators",
    """
    from array import array
    numbers = array("d", [1.5, 2.5, 3.5, 4.5])
    data = bytearray(b"abcdef")
    view = memoryview(data)[1:5]
    one, other, ended, done = iter(numbers), iter(view), iter(numbers), iter(view)
    next(one); next(other); list(ended); list(done)
    """,
    """
    data[3] = 0
    numbers.pop() ; numbers.append(9.0)
    rest(one); rest(other); rest(ended); rest(done)
    """,
)

# -- itertools -------------------------------------------------------------------------------

kind(
    "itertools: chain, islice, cycle, repeat, count, accumulate",
    """
    import itertools as it
    source = iter(range(100))
    chained, flat, between, empty = it.chain("ab", source), it.chain.from_iterable(iter(["ab", [1], source])), it.chain("ab", "cd"), it.chain()
    cut, cut_more, endless_cut, done_cut = it.islice(source, 2, 30, 3), it.islice(source, 5), it.islice(source, 1, None, 2), it.islice(source, 1)
    round_and_round, first_round, no_round = it.cycle("abc"), it.cycle(source), it.cycle("")
    thrice, forever, big, by_half, down = it.repeat("x", 3), it.repeat([1]), it.count((1 << 63) - 2), it.count(1.5, 0.5), it.count(5, -2)
    sums, folded, started, nones = it.accumulate([1, 2, 3]), it.accumulate("abc", lambda a, b: b + a), it.accumulate([1, 2], initial=10), it.accumulate([None, 1], lambda a, b: b)
    its = [chained, flat, cut, cut_more, endless_cut, round_and_round, first_round, thrice, forever, big, by_half, down, sums, folded, started, nones]
    for one in its:
        next(one)
    for _ in range(5):
        next(round_and_round); next(first_round); next(chained)
    for _ in range(2):
        next(between)
    list(done_cut); list(no_round); list(empty)
    """,
    """
    for one in [between, empty, done_cut, no_round, *its]:
        rest(one, 4)
    print(next(source, "ended"), next(chained, "ended"))
    """,
)
kind(
    "itertools: products and picks",
    """
    import itertools as it
    its = [it.product("abc", [1, 2]), it.product(range(3), repeat=2), it.permutations("abcd", 2), it.permutations(range(3)),
           it.combinations("abcde", 3), it.combinations_with_replacement("abc", 2), it.combinations("a", 2), it.product(), it.product("", "a"), it.permutations("a", 2)]
    kept = [next(one, None) for one in its for _ in range(3)]
    new = [it.product("ab"), it.permutations("ab"), it.combinations("ab", 1)]
    ended = [it.product("ab"), it.permutations("ab"), it.combinations("ab", 1)]
    for one in ended:
        list(one)
    """,
    """
    print(kept)
    for one in its + new + ended:
        rest(one)
    print(kept)
    """,
)
kind(
    "itertools: by functions",
    """
    import itertools as it
    source = iter([1, 3, 5, 2, 7, 9, 4])
    odd = lambda x: x % 2
    its = [it.takewhile(odd, [1, 3, 2, 5]), it.dropwhile(odd, [1, 3, 2, 5, 7]), it.filterfalse(odd, [1, 2, 3, 4]), it.filterfalse(None, [0, 1, 0]),
           it.starmap(pow, [(2, 3), (3, 2), (4, 2)]), it.compress("abcdef", [1, 0, 1, 0, 1, 1]), it.pairwise("abcd"), it.zip_longest("abc", [1], source, fillvalue="-")]
    for one in its:
        next(one)
    over = it.takewhile(odd, [1, 2, 3])
    list(over)
    next(its[-1]); list(its[0]); late = it.pairwise("abcd"); longest_new = it.zip_longest("ab", "c"); longest_ended = it.zip_longest("ab", "c")
    list(longest_ended)
    """,
    """
    for one in [*its, over, late, longest_new, longest_ended]:
        rest(one)
    print(list(source))
    """,
)
kind(
    "itertools: batched",
    """
    import itertools, sys
    batches = itertools.batched(range(10), 3) if hasattr(itertools, "batched") else iter([(3, 4, 5)])
    if hasattr(itertools, "batched"):
        next(batches)
    strict = itertools.batched("abcde", 2, strict=True) if sys.version_info >= (3, 13) else iter("ab")
    next(strict)
    """,
    "rest(batches); rest(strict)",
)
kind(
    "itertools: tee",
    """
    import itertools
    source = iter(range(1000))
    a, b, c = itertools.tee(source, 3)
    for _ in range(300):
        next(a)
    for _ in range(60):
        next(b)
    d = itertools.tee(a, 1)[0]
    e = __import__("copy").copy(b)
    pipelines = zip(b, map(lambda x: -x, c))
    pulled = next(source)
    lag = itertools.tee(range(30000))
    for _ in lag[0]:
        pass
    """,
    """
    print(next(a), next(b), next(c), next(d), next(e), pulled)
    print(next(pipelines), sum(a), sum(d), sum(b), next(c), next(source, "ended"), sum(e))
    print(sum(lag[1]), next(lag[0], "ended"))
    """,
)
kind(
    "itertools: groupby",
    """
    import itertools
    source = iter("AAABBBCCD")
    groups = itertools.groupby(source, str.lower)
    first_key, first = next(groups)
    key, group = next(groups)
    next(group)
    other = itertools.groupby([1, 1, 2])
    new = itertools.groupby("aab")
    k, whole = next(other)
    list(whole)
    ended = itertools.groupby("")
    list(ended)
    """,
    """
    print(first_key, list(first), key)
    rest(group)
    print([(k, list(g)) for k, g in groups], [(k, list(g)) for k, g in other])
    rest(whole)
    rest(ended)
    print([(k, len(list(g))) for k, g in new], next(source, "ended"))
    """,
)
kind(
    "pipelines of iterators and generators",
    """
    import itertools
    log = []
    def numbers(n):
        for i in range(n):
            log.append(i)
            yield i
    base = map(lambda x: x, range(12))
    evens, odds = itertools.tee(base)
    evens = filter(lambda x: x % 2 == 0, evens)
    both = itertools.zip_longest(enumerate(evens), itertools.islice(odds, 1, None, 2))
    grouped = itertools.groupby(itertools.chain(both, [None]), key=lambda p: p is None)
    k, inner = next(grouped)
    first = next(inner)
    """,
    """
    rest(inner); print([(k, list(g)) for k, g in grouped]); print(next(base, "ended"))
    """,
)

# -- csv and regular expressions -------------------------------------------------------------

kind(
    "csv readers and writers",
    r"""
    import csv
    with open("in.csv", "w", newline="") as file:
        file.write('a,b\r\n1,"x\r\ny"\r\n2,z\r\n3,"q""r"\r\n')
    class Semi(csv.excel):
        delimiter = ";"
    file = open("in.csv", newline="")
    reader, other = csv.reader(file), csv.reader(["1;2", "3;'4;4'", "5;6"], Semi, quotechar="'")
    print(next(reader), next(reader), next(other))
    named = csv.DictReader(open("in.csv", newline=""), restkey="more")
    first = next(named)
    out = open("out.csv", "w", newline="")
    writer, rows = csv.writer(out, "unix"), csv.DictWriter(open("rows.csv", "w", newline=""), ["a", "b"], extrasaction="ignore")
    writer.writerow([1, "a,b", None]); rows.writeheader(); rows.writerow({"a": 1, "c": 2})
    ended = csv.reader([])
    next(ended, None)
    """,
    """
    print(reader.line_num, other.line_num, other.dialect.delimiter, named.line_num, first)
    rest(reader); rest(other); rest(named); rest(ended)
    print(reader.line_num, file.tell(), writer.dialect.quoting, writer.writerow([2, 'q"']))
    out.close(); print(repr(open("out.csv", newline="").read()))
    rows.writerow({"a": 3, "b": 4})
    rows.writer.writerow("xy")
    """,
)
kind(
    "matches, scanners and finditer",
    r"""
    import re
    text = "one 1, två 2, 三 3, 😀 4;"
    pairs = re.compile(r"(?P<word>\w+) (?P<number>\d)(!)?")
    found = pairs.finditer(text)
    first, second = next(found), next(found)
    whole, part, missed = pairs.fullmatch("ab 3"), pairs.match(text, 7, 14), pairs.search("no")
    empty = re.finditer(r"x*", "axb")
    next(empty); next(empty)
    data = re.finditer(rb"\d", bytearray(b"a1b2c3"))
    next(data)
    scanner = pairs.scanner(text, 4)
    scanner.match(); scanner.search()
    ended = re.finditer("z", "")
    list(ended)
    lexer = re.Scanner([(r"\d+", lambda s, t: int(t)), (r"\s+", None)])
    flags = re.compile("A", re.I | re.X)
    searched = re.search("d(?=e)", "abcdef")
    words = map(re.Match.group, pairs.finditer(text))
    next(words)
    """,
    """
    for m in first, second, whole, part, searched:
        print(m, m and (m.span(), m.groups(), m.groupdict(), m.regs, m.lastindex, m.lastgroup, m.pos, m.endpos, m.re.pattern, m.string, m[0]))
    print(missed, first.expand(r"\\2\\1"), first.re is second.re is found.__reduce__()[1][0].__self__.pattern)
    for it in found, empty, data, ended, words:
        print([m if isinstance(m, str) else (m.span(), m.group()) for m in it])
    print(scanner.search(), scanner.search(), scanner.match(), scanner.pattern.pattern)
    print(lexer.scan("1 23"), flags, flags.match("a"))
    """,
)

# -- files -----------------------------------------------------------------------------------

kind(
    "text files in the middle",
    r"""
    lines = [f"{i} line é{'x' * (i % 50)}\n" for i in range(3000)]
    for name, encoding in ("plain", "utf-8"), ("wide", "utf-16"), ("bom", "utf-8-sig"), ("odd", "cp437"), ("jis", "iso2022_jp"):
        with open(name, "w", encoding=encoding, errors="replace") as file:
            file.writelines(lines)
    with open("ends", "w", newline="") as file:
        file.write("a\r\nb\rc\nd\r\n")
    iterated = [open(name, encoding=encoding, errors="replace") for name, encoding in (("plain", "utf-8"), ("wide", "utf-16"), ("bom", "utf-8-sig"), ("odd", "cp437"), ("jis", "iso2022_jp"))]
    ends = [open("ends", newline=newline) for newline in (None, "", "\n", "\r")]
    for file in iterated:
        for _ in range(1000):
            next(file)
    for file in ends:
        next(file)
    read = open("wide", encoding="utf-16")
    read.read(1234)
    ended = open("plain")
    for line in ended:
        pass
    numbered = enumerate(open("plain"), 1)
    next(numbered)
    update = open("both", "w+")
    update.write("one\ntwo\n"); update.seek(0); update.readline()
    """,
    """
    for file in iterated:
        attempt(file.tell)
        print(hash(next(file)), hash("".join(file)), file.tell())
    for file in ends:
        print(next(file).__repr__(), repr(file.readline()), repr(file.read()), file.newlines)
    print(read.tell(), hash(read.readline()), hash(read.read()), ended.tell(), next(ended, None))
    print(hash(next(numbered)), update.readline(), update.tell(), update.write("three"), update.seek(0), update.read())
    """,
)
kind(
    "binary files",
    r"""
    import io, os
    with open("data", "wb") as file:
        file.write(bytes(range(256)) * 100)
    read, raw, update, lines = open("data", "rb"), open("data", "rb", buffering=0), open("data", "rb+"), open("data", "rb")
    read.read(10); raw.read(20); update.seek(30); update.write(b"xyz"); next(lines)
    written = open("out", "wb"); written.write(b"abc")
    appended = open("out2", "ab"); appended.write(b"abc")
    made = open("new", "xb"); made.write(b"1")
    by_number = os.fdopen(os.open("data", os.O_RDONLY), "rb")
    by_number.read(5)
    small = open("data", "rb", buffering=16)
    small.peek(3)
    """,
    """
    print(read.read(5), raw.read(5), update.read(5), len(next(lines)), by_number.read(3), small.read(2))
    written.write(b"d"), appended.write(b"d"), made.write(b"2")
    for file in written, appended, made:
        file.close(); print(open(file.name, "rb").read(), file.mode)
    print(raw.tell(), read.seek(0), update.tell())
    """,
)
kind(
    "files in memory",
    r"""
    import io
    text, data = io.StringIO("a\nb\nc\n"), io.BytesIO(b"abcdef")
    text.readline(); data.read(2)
    universal = io.StringIO("x\r\ny\r", newline=None)
    class Log(io.StringIO):
        def __init__(self, name):
            super().__init__(); self.name = name
        def write(self, s):
            return super().write(self.name + s)
    log = Log("> "); log.write("one")
    closed, closed_log, closed_data = io.StringIO("x"), Log("c"), io.BytesIO(b"x")
    for file in closed, closed_log, closed_data:
        file.close()
    wrapped = io.TextIOWrapper(io.BytesIO("é\nü\nö\n".encode()), encoding="utf-8")
    next(wrapped)
    buffered = io.BufferedReader(io.BytesIO(b"0123456789"))
    buffered.read(3)
    shown = data.getbuffer()
    pair = io.BufferedRWPair(io.BytesIO(b"in"), io.BytesIO()) if False else None
    gone = io.TextIOWrapper(io.BytesIO()); gone.close()
    """,
    """
    print(text.readline(), data.read(1), repr(universal.read()), log.write("two"), log.getvalue(), log.name)
    for file in closed, closed_log, closed_data, gone:
        attempt(file.read)
    print(closed_log.name, next(wrapped), wrapped.read(), buffered.read(4))
    shown[4] = 90
    attempt(lambda: data.write(b"toolong" * 10))
    print(data.getvalue())
    """,
)
kind(
    "compressed files that are read",
    r"""
    import gzip, bz2, lzma
    lines = [f"line {i}\n" for i in range(5000)]
    for module, name in (gzip, "a.gz"), (bz2, "a.bz2"), (lzma, "a.xz"):
        with module.open(name, "wt") as file:
            file.writelines(lines)
    with gzip.open("a.gz", "at") as file:
        file.write("second member\n")
    texts = [gzip.open("a.gz", "rt"), bz2.open("a.bz2", "rt"), lzma.open("a.xz", "rt")]
    datas = [gzip.open("a.gz"), bz2.open("a.bz2"), lzma.open("a.xz")]
    for file in texts + datas:
        for _ in range(2500):
            next(file)
    closed = gzip.open("a.gz"); closed.close()
    import io
    inner = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"abcdef")))
    inner.read(2)
    """,
    """
    for file in texts + datas:
        print(next(file), hash(str(list(file))), file.tell())
        file.seek(0); print(file.readline()); file.close(); print(file.closed)
    print(closed.closed, closed.name, inner.read())
    """,
)
kind(
    "gzip files that are written",
    r"""
    import gzip, random
    noise = random.Random(1)
    file, text, level = gzip.open("w.gz", "wb"), gzip.open("t.gz", "wt", encoding="utf-16"), gzip.open("n.gz", "wb", 1)
    def more():
        file.write(noise.randbytes(1000)); text.write("é line\\n" * 3); level.write(b"")
    for _ in range(50):
        more()
    """,
    """
    more(); print(file.tell())
    for one in file, text, level:
        one.close()
    with gzip.open("w.gz") as f, gzip.open("t.gz", "rt", encoding="utf-16") as g:
        print(hash(f.read()), hash(g.read()), gzip.open("n.gz").read())
    """,
)
kind(
    "temporary files",
    r"""
    import tempfile, os
    named, nameless, spooled, text = tempfile.NamedTemporaryFile("w+"), tempfile.TemporaryFile(), tempfile.SpooledTemporaryFile(100), tempfile.TemporaryFile("w+")
    for file in nameless, spooled:
        file.write(b"before "); file.seek(3)
    named.write("before "); text.write("before "); text.seek(0); text.read(2)
    rolled = tempfile.SpooledTemporaryFile(4, "w+"); rolled.write("before ")
    kept = tempfile.NamedTemporaryFile(delete=False, dir="."); kept.write(b"k"); kept.close()
    folder = tempfile.TemporaryDirectory()
    gone = open("gone", "w+"); gone.write("still there"); os.remove("gone")
    """,
    """
    print(nameless.read(), spooled.read(), text.read(), rolled.write("after"), rolled.seek(0), rolled.read())
    print(named.write("after"), named.seek(0), named.read(), os.path.exists(named.name))
    named.close(); print(os.path.exists(named.name), os.path.exists(kept.name), os.path.isdir(folder.name))
    folder.cleanup(); print(gone.seek(0), gone.read(), gone.name)
    """,
)
kind(
    "archives that are read",
    r"""
    import zipfile, tarfile, io
    with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("one", "1" * 1000); made.writestr("two", "".join(map(str, range(1000))))
    with tarfile.open("a.tar.gz", "w:gz") as made:
        for name in "one", "two":
            info = tarfile.TarInfo(name); info.size = 3
            made.addfile(info, io.BytesIO(name.encode()))
    archive, tar = zipfile.ZipFile("a.zip"), tarfile.open("a.tar.gz")
    names = iter(archive.infolist())
    next(names); tar.next()
    growing = zipfile.ZipFile("b.zip", "w"); growing.writestr("x", "y")
    """,
    """
    print([n.filename for n in names], archive.read("two")[-5:], tar.next().name, tar.extractfile("two").read())
    growing.writestr("z", "w"); growing.close(); print(zipfile.ZipFile("b.zip").namelist())
    """,
)
kind(
    "paths and folders",
    r"""
    import os, pathlib, glob
    for name in "abcde":
        os.makedirs(f"tree/{name}/deep"); open(f"tree/{name}/file.txt", "w").close()
    listed, entries = os.scandir("tree"), sorted(os.scandir("tree"), key=lambda e: e.name)
    first = next(listed)
    entries[0].is_dir(), entries[1].stat()
    ended = os.scandir("tree"); list(ended)
    closed = os.scandir("tree"); closed.close()
    path, pure, stat = pathlib.Path("tree/a"), pathlib.PureWindowsPath("c:/x"), os.stat(".")
    octets = os.scandir(b"tree"); next(octets)
    """,
    """
    left = {entry.name for entry in listed}
    print(len(left), first.name not in left, sorted(left | {first.name}), next(listed, "ended"))
    print([(e.name, e.path, e.is_dir(), e.is_symlink(), e.inode() == os.stat(e).st_ino, e.stat().st_size, repr(e)) for e in entries])
    print(list(ended), list(closed))
    print(path, pure, stat.st_mode, sorted(e.name for e in octets).__len__())
    with os.scandir("tree") as again:
        print(len(list(again)))
    """,
)
kind(
    "fileinput, shlex, tokenize, json",
    r"""
    import fileinput, shlex, tokenize, io, json, string, struct, configparser
    for name in "ab":
        with open(name, "w") as file:
            file.write(f"{name}1\n{name}2\n{name}3\n")
    both = fileinput.FileInput(["a", "b"])
    for _ in range(4):
        next(both)
    words = shlex.shlex("a 'b c' d; e")
    words.get_token()
    decoder, encoder, template = json.JSONDecoder(), json.JSONEncoder(indent=1, sort_keys=True), string.Template("$a")
    pairs, packed = struct.Struct("<if"), struct.iter_unpack("<h", b"abcdef")
    next(packed)
    formatter = string.Formatter()
    config = configparser.ConfigParser(); config.read_string("[a]\nb = 1\n")
    """,
    """
    print(both.filename(), both.lineno(), both.filelineno(), both.isfirstline(), list(both))
    print(list(words), decoder.decode("[1]"), encoder.encode({"b": 1, "a": [2]}), template.substitute(a=1))
    print(pairs.size, pairs.pack(1, 2), list(packed), formatter.format("{}", 1), config["a"].getint("b"))
    """,
)

# -- threads, queues, contexts ---------------------------------------------------------------

kind(
    "locks and the like",
    """
    import threading
    lock, held, nested = threading.Lock(), threading.Lock(), threading.RLock()
    held.acquire(); nested.acquire(); nested.acquire()
    condition, event, many, bounded, barrier = threading.Condition(), threading.Event(), threading.Semaphore(3), threading.BoundedSemaphore(2), threading.Barrier(1, action=print)
    event.set(); many.acquire(); bounded.acquire()
    with_lock = threading.Condition(lock)
    local = threading.local(); local.x = [1]
    class Own(threading.local):
        made = 0
        def __init__(self, n):
            self.n = n
            Own.made += 1
    own = Own(3); own.n = 4
    main = threading.main_thread()
    """,
    """
    print(lock.locked(), held.locked(), nested._is_owned(), with_lock._lock is lock)
    nested.release(); print(nested._is_owned()); nested.release(); print(nested._is_owned())
    attempt(nested.release)
    print(event.is_set(), [many.acquire(False) for _ in range(3)], bounded.release())
    attempt(bounded.release)
    with condition:
        print(condition.wait(0.01), condition.notify_all())
    print(local.x, own.n, Own.made, main is threading.current_thread(), barrier.wait(), barrier.parties)
    attempt(lambda: local.y)
    """,
)
kind(
    "queues",
    """
    import queue, collections, heapq, sched, graphlib
    plain, last, first, simple = queue.Queue(3), queue.LifoQueue(), queue.PriorityQueue(), queue.SimpleQueue()
    for q in plain, last, first, simple:
        for item in 3, 1, 2:
            q.put(item)
    plain.get(); plain.task_done()
    """,
    """
    print(plain.unfinished_tasks, plain.maxsize, plain.put(9), plain.full(), [plain.get() for _ in range(3)])
    print([last.get() for _ in range(3)], [first.get() for _ in range(3)], [simple.get() for _ in range(3)], simple.empty())
    attempt(simple.get_nowait); attempt(plain.get_nowait)
    """,
)
kind(
    "context variables",
    """
    import contextvars
    plain, unset = contextvars.ContextVar("plain", default=1), contextvars.ContextVar("unset")
    token = plain.set([2])
    inner = contextvars.copy_context()
    inner.run(plain.set, 5)
    holder = {"var": plain, "token": token}
    plain.set(3)
    done = unset.set(1)
    unset.reset(done)
    """,
    """
    print(plain.get(), inner[plain], inner.run(plain.get), holder["var"] is plain, plain.name, unset.get("nothing"))
    plain.reset(holder["token"]); print(plain.get())
    for var, spent in (plain, holder["token"]), (unset, done):
        try:
            var.reset(spent)
        except RuntimeError:
            print("spent")
    """,
)
kind(
    "weak references",
    """
    import weakref, gc
    class Thing:
        def __init__(self, name):
            self.name = name
        def shout(self):
            return self.name.upper()
    gone = []
    a, b = Thing("a"), Thing("b")
    ref, other, dead = weakref.ref(a), weakref.ref(a), weakref.ref(Thing("x"))
    watching = weakref.ref(b, lambda r: gone.append("b"))
    keyed = weakref.ref(a, gone.append)
    class Named(weakref.ref):
        __slots__ = ("key",)
    named = Named(a); named.key = 7
    things, by_key, by_value = weakref.WeakSet([a, b]), weakref.WeakKeyDictionary({a: 1, b: 2}), weakref.WeakValueDictionary(a=a, b=b)
    method, proxy, callable_proxy = weakref.WeakMethod(a.shout), weakref.proxy(a), weakref.proxy(Thing)
    final = weakref.finalize(b, gone.append, "final")
    spent = weakref.finalize(a, gone.append, "spent"); spent.detach()
    """,
    """
    print(ref() is a, ref is other, dead() is None, named() is a, named.key, type(named).__name__, method()(), proxy.name, callable_proxy("z").name)
    print(sorted(t.name for t in things), sorted(by_key.values()), sorted(by_value), hash(ref) == hash(a), final.alive, spent.alive)
    import sys
    del b, sys.modules["__main__"].b
    gc.collect()
    print(gone, watching() is None, len(things), len(by_key), list(by_value), final.alive)
    """,
)
kind(
    "logging",
    """
    import logging, io
    out = io.StringIO()
    logger, child = logging.getLogger("kinds"), logging.getLogger("kinds.child")
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    handler.addFilter(logging.Filter("kinds"))
    logger.addHandler(handler); logger.setLevel("INFO"); logger.propagate = False
    child.warning("before")
    adapter = logging.LoggerAdapter(child, {"a": 1})
    file = logging.FileHandler("log.txt"); file.emit(logging.LogRecord("n", 20, "p", 1, "to file", (), None))
    from logging.handlers import MemoryHandler, RotatingFileHandler
    memory = MemoryHandler(10, target=handler); memory.emit(logging.LogRecord("kinds", 20, "p", 1, "kept", (), None))
    rotating = RotatingFileHandler("r.txt", maxBytes=10)
    """,
    """
    memory.flush(); handler.emit(logging.LogRecord("kinds.x", 30, "p", 1, "%s", ("args",), None))
    print(out.getvalue(), logger is logging.getLogger("kinds"), child is logging.getLogger("kinds.child"), adapter.logger is child, adapter.extra, handler.stream is out)
    file.emit(logging.LogRecord("n", 20, "p", 1, "again", (), None)); file.close(); print(open("log.txt").read())
    rotating.emit(logging.LogRecord("n", 20, "p", 1, "rotated", (), None)); print(open("r.txt").read())
    """,
)

# -- memory ----------------------------------------------------------------------------------

kind(
    "memory views and arrays",
    """
    from array import array
    data, numbers, fixed = bytearray(range(48)), array("i", range(10)), bytes(range(10))
    whole, part, back, cast, table, only = memoryview(data), memoryview(data)[4:9], memoryview(data)[::-2], memoryview(data).cast("i"), memoryview(data).cast("i", (3, 4)), memoryview(fixed)
    of_array, every, read_only, empty, tail = memoryview(numbers), memoryview(numbers)[1::3], memoryview(numbers).toreadonly(), memoryview(data)[3:3], memoryview(numbers)[7:]
    released = memoryview(b"x"); released.release()
    view_of_view = memoryview(part)[1:]
    doubles = array("d", [1.5])
    class Sub(array):
        pass
    sub = Sub("b", [1]); sub.note = 2
    scalar = memoryview(data)[:4].cast("i")
    """,
    """
    data[6] = 99; numbers[4] = -1
    for view in whole, part, back, cast, table, only, of_array, every, read_only, empty, tail, view_of_view, scalar:
        print(view.tolist(), view.format, view.shape, view.strides, view.readonly, view.obj is data or view.obj is numbers, view.contiguous)
    part[0] = 1; print(data[4], doubles, sub, sub.note, type(sub).__name__)
    attempt(lambda: data.append(1)); attempt(lambda: numbers.append(1)); attempt(lambda: len(released))
    attempt(lambda: read_only.__setitem__(0, 1))
    """,
)
kind(
    "mmap",
    """
    import mmap
    with open("mapped", "wb") as file:
        file.write(bytes(range(256)) * 64)
    file = open("mapped", "r+b")
    shared, read, private, anonymous = mmap.mmap(file.fileno(), 0), mmap.mmap(file.fileno(), 4096, access=mmap.ACCESS_READ, offset=4096), mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), mmap.mmap(-1, 100)
    shared[5] = 77; private[6] = 88; anonymous[:3] = b"abc"; anonymous.seek(2)
    shared.seek(10); read.read(3)
    closed = mmap.mmap(-1, 10); closed.close()
    view = memoryview(anonymous)[1:3]
    """,
    """
    print(shared[5], shared.tell(), shared.read(2), read.read(2), len(read), private[6], private[5], anonymous.read(2), closed.closed)
    attempt(lambda: read.__setitem__(0, 1))
    view[0] = 120; print(anonymous[:4], private[:8])
    shared[7] = 66; shared.flush(); print(open("mapped", "rb").read()[4:8])
    """,
)

# -- values ----------------------------------------------------------------------------------

kind(
    "numbers, times and names",
    """
    import datetime, zoneinfo, uuid, fractions, decimal, ipaddress, types, operator, functools, collections, random, http.cookies, codecs, time, pathlib, enum, secrets, statistics, string, textwrap, calendar, cmath
    when, zone = datetime.datetime(2024, 3, 31, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("UTC")), datetime.timezone(datetime.timedelta(hours=2), "here")
    day, clock, span, tick = datetime.date(2024, 2, 29), datetime.time(1, 2, 3, tzinfo=zone), datetime.timedelta(1, 2, 3), time.gmtime(0)
    name, third, exact, net = uuid.UUID(int=7), fractions.Fraction(1, 3), decimal.Decimal("1.10"), ipaddress.ip_network("10.0.0.0/8")
    hosts = net.subnets(new_prefix=10) if False else None
    context = decimal.Context(prec=5, traps=[decimal.Inexact]); context.flags[decimal.Rounded] = True
    space, proxy, dots, nothing, cut, numbers = types.SimpleNamespace(a=[1]), types.MappingProxyType({"a": 1}), ..., NotImplemented, slice(1, None, 2), range(1, 10, 3)
    item, attr, call = operator.itemgetter(1, 0), operator.attrgetter("real", "imag"), operator.methodcaller("split", ",", maxsplit=1)
    part = functools.partial(int, base=2); part.note = "x"
    class Sender:
        def send(self, a, b):
            return a, b
        hello = functools.partialmethod(send, "hello")
    keyed = functools.cmp_to_key(lambda a, b: b - a)
    counter, od, dq, cm, dd = collections.Counter("abca"), collections.OrderedDict(b=1, a=2), collections.deque([1, 2, 3], 3), collections.ChainMap({"a": 1}, {"b": 2}), collections.defaultdict(list, a=[1])
    ud, ul, us = collections.UserDict(a=1), collections.UserList([1]), collections.UserString("s")
    dice = random.Random(3); dice.gauss(0, 1); system = random.SystemRandom()
    cookie = http.cookies.SimpleCookie("a=b; c=d")
    decoder, encoder = codecs.getincrementaldecoder("utf-8")(), codecs.getincrementalencoder("utf-16")()
    decoder.decode(b"\\xc3"); encoder.encode("a")
    stream = codecs.getreader("utf-8")(__import__("io").BytesIO("é\\nü".encode())); stream.readline()
    maketrans, table = str.maketrans("a", "b"), string.Formatter()
    Point = collections.namedtuple("Point", "x y")
    point, stats = Point(1, 2), statistics.NormalDist(1, 2)
    generic, union = list[int], int | str
    nan, inf, negative = float("nan"), float("inf"), -0.0
    same_nan = [nan]
    """,
    """
    for value in when, zone, day, clock, span, tick, name, third, exact, net, space, proxy, dots, nothing, cut, numbers, counter, od, dq, cm, dd, ud, ul, us, cookie, point, stats, generic, union, inf, negative:
        print(repr(value), type(value).__name__)
    print(when.tzinfo is zoneinfo.ZoneInfo("UTC"), context, context.flags[decimal.Rounded], item("ab"), attr(1j), call("a,b,c"), part("11"), part.note, Sender().hello(1), sorted([1, 3, 2], key=keyed))
    print(dots is ..., nothing is NotImplemented, dice.gauss(0, 1), dice.random(), 0 <= system.random() < 1, decoder.decode(b"\\xa9"), encoder.encode("b"), stream.read(), nan in same_nan)
    dd["z"].append(1); dq.append(4); cm["c"] = 3; print(dd, dq, cm.maps, counter.most_common(1), od.move_to_end("b"), list(od))
    attempt(lambda: context.divide(1, 3))
    """,
)
kind(
    "views and proxies",
    """
    import types, collections
    d, od = {"a": 1, "b": 2}, collections.OrderedDict(x=1)
    keys, values, items, o_keys = d.keys(), d.values(), d.items(), od.keys()
    proxy = types.MappingProxyType(d)
    class Watched(dict):
        pass
    w = Watched(a=1); w_keys = w.keys()
    cell = types.CellType(3); empty = types.CellType()
    bound, builtin, slot, wrapper, klass = "abc".upper, [].append, str.join, "x".__add__, dict.fromkeys
    """,
    """
    d["c"] = 3; od["y"] = 2; w["z"] = 1; builtin(1)
    print(keys, values, items, o_keys, proxy, w_keys, keys.mapping["c"], keys & {"a"}, cell.cell_contents, bound(), builtin.__self__, slot("-", "ab"), wrapper("y"), klass("a"))
    attempt(lambda: empty.cell_contents)
    """,
)
kind(
    "sqlite connections to a file",
    """
    import sqlite3
    db = sqlite3.connect("file.db", isolation_level=None)
    db.execute("create table t (a, b)")
    db.executemany("insert into t values (?, ?)", [(1, "x"), (2, "y")])
    db.row_factory = sqlite3.Row
    other = sqlite3.connect("file.db", timeout=3)
    other.execute("pragma foreign_keys = on")
    closed = sqlite3.connect(":memory:"); closed.close()
    cursor = db.cursor(); cursor.arraysize = 7
    """,
    """
    db.execute("insert into t values (3, 'z')")
    print([tuple(r) for r in db.execute("select * from t")], db.execute("select a from t").fetchone()["a"], db.isolation_level, other.isolation_level)
    print(other.execute("pragma foreign_keys").fetchone(), other.execute("pragma busy_timeout").fetchone(), cursor.arraysize, cursor.connection is db, len(cursor.execute("select * from t").fetchall()))
    attempt(lambda: closed.execute("select 1"))
    """,
)
kind(
    "rows of sqlite",
    """
    import sqlite3
    class Own(sqlite3.Row):
        def __new__(cls, cursor):
            return super().__new__(cls, cursor, (4,))
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    rows = db.execute("select 1 as a, 'x' as a, null as [b c] union select 2, 'y', 3.5").fetchall()
    own = Own(db.execute("select 4 as d"))
    own.rows = rows
    by_row, same = {rows[0]: "first"}, db.execute("select 1 as a, 'x' as a, null as [b c]").fetchone()
    db.close(); del db
    """,
    """
    print([(r.keys(), tuple(r), r["A"]) for r in rows], by_row[same], same == rows[0] is not same, rows[1] == same)
    print(type(own) is Own, own["D"], own.rows is rows, len(own), own[-1])
    """,
)
kind(
    "trees of XML",
    """
    import xml.etree.ElementTree as ET
    root = ET.fromstring("<a x='1'><b>t</b><c/><b>u</b><d><b/></d></a>")
    tree, each, found = ET.ElementTree(root), root.iter("b"), root.iterfind("b") if False else iter(root)
    next(each); next(found)
    texts = root.itertext(); next(texts)
    new, ended = root.iter(), root.iter("z")
    list(ended)
    parent = root[3]
    """,
    """
    print(ET.tostring(root), tree.getroot() is root, root[3] is parent)
    print([(e.tag, e.text) for e in each], [e.tag for e in found], list(texts), [e.tag for e in new], list(ended))
    """,
)
