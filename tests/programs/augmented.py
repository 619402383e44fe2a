"""Augmented assignments whose right side, index or object is a live call."""


class Account:
    def __init__(self):
        self.total = 100
        self.parts = [0, 0, 0]

    def step(self, n):
        self.total += 1
        for i in range(n):  # checkpoint
            self.parts[i] += 1
        return n * 10

    def run(self):
        self.total += self.step(2)
        self.total -= self.step(3)
        self.parts[self.step(1) // 10] += self.step(2)
        return self.total


def index(n):
    for i in range(n):  # checkpoint
        pass
    print("index", n)
    return n


def get(values):
    print("get")
    return values


x = 5
values = [1, 2, 3, 4]
table = {"k": 7, 2: 1}
x += index(2)
values[index(1)] = index(3)
table["k"] += index(2)
get(table)[index(2)] -= index(3)
values[index(0) : index(2)] = [index(1)] * 3
print(x, values, table)
account = Account()
print(account.run(), account.total, account.parts)
account.parts[index(2)] **= index(3)
get(account).total //= index(2)
print(vars(account))
