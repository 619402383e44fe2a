"""An object-heavy simulation: accounts, transfers that may fail, interest, an audit trail."""

import random


class InsufficientFunds(Exception):
    def __init__(self, account, amount):
        super().__init__(f"{account.owner} has {account.balance:.2f}, not {amount:.2f}")
        self.account = account


class Account:
    def __init__(self, owner, balance):
        self.owner, self.balance, self.history = owner, balance, []

    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(self, amount)
        self.balance -= amount
        self.history.append(-amount)

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)


class Savings(Account):
    rate = 0.01

    def withdraw(self, amount):
        super().withdraw(amount + 0.25)


class Bank:
    def __init__(self, accounts, rng):
        self.accounts = {a.owner: a for a in accounts}
        self.rng, self.failures = rng, []

    def transfer(self, source, target, amount):
        source.withdraw(amount)
        target.deposit(amount)

    def day(self, number, transfers):
        done = 0
        for _ in range(transfers):  # checkpoint
            source, target = self.rng.sample(sorted(self.accounts), 2)
            amount = round(self.rng.uniform(1, 80), 2)
            try:
                self.transfer(self.accounts[source], self.accounts[target], amount)
                done += 1
            except InsufficientFunds as failure:
                self.failures.append((number, str(failure)))
        return done

    def run(self, days):
        for number in range(days):
            done = self.day(number, 6)
            for account in self.accounts.values():
                if isinstance(account, Savings):
                    account.deposit(account.balance * account.rate)
            print(f"day {number}: {done} transfers, {self.total():.6f} in all")

    def total(self):
        return sum(account.balance for account in self.accounts.values())


owners = [Account("ada", 100), Savings("bob", 50), Account("cyd", 75), Savings("dan", 20)]
bank = Bank(owners, random.Random(4))
bank.run(5)
for owner in owners:
    print(owner.owner, repr(owner.balance), len(owner.history), bank.accounts[owner.owner] is owner)
print(*bank.failures, sep="\n")
