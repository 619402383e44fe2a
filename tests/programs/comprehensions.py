"""Comprehensions and generator expressions that call a marked loop in every iteration."""

log = []


def work(n, tag=""):
    t = 0
    for i in range(n):  # checkpoint
        t += i
    log.append((tag, n))
    return t


K = 10


class C:
    def __init__(self, k):
        self.__k = k

    def run(self, xs):
        return [work(x) + self.__k for x in xs if x % 2]


def f(n):
    base = 5
    rows = [[work(i + j) * base for j in range(2)] for i in range(n)]
    d = {work(k, "k"): work(k + 1, "v") for k in range(n)}
    s = {work(x) for x in (1, 2, 2)}
    tot = sum(work(x) for x in range(3)) + max(work(x) for x in range(2))
    a = any(work(x) > 0 for x in range(4))
    b = all(work(x) > 0 for x in range(4))
    j = ",".join(str(work(x)) for x in range(3))
    last = [(y := work(q)) for q in range(3)]
    while [work(2)][0] < 0 and [work(1) for _ in "a"]:
        pass
    return rows, d, s, tot, a, b, j, last, y


print([work(i) + K for i in range(3)])
print(f(2))
print(C(3).run(range(4)))
print(
    [g for g in [work(z) for z in range(2)]],
    list(work(w) for w in range(2)),
    sorted((work(-v) for v in range(2)), key=lambda p: -p),
)
print(len(log), log[-5:])
