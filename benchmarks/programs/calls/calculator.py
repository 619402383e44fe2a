"""A parser by recursive descent that computes as it goes."""

TEXT = "(1+2)*(3-4*(5+6))-7*8+((9-1)*(2+3)-4)*5+6*(7-(8+9*(1-2)))" * 1


class Parser:
    def __init__(self, text):
        self.text = text + "$"
        self.at = 0

    def peek(self):
        return self.text[self.at]

    def take(self):
        self.at += 1
        return self.text[self.at - 1]

    def sum(self):
        value = self.product()
        while self.peek() in "+-":  # checkpoint
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.atom()
        while self.peek() == "*":  # checkpoint
            self.take()
            value *= self.atom()
        return value

    def atom(self):
        if self.peek() == "(":
            self.take()
            value = self.sum()
            self.take()
            return value
        digits = ""
        while self.peek().isdigit():  # checkpoint
            digits += self.take()
        return int(digits)


def main():
    return sum(Parser(TEXT).sum() for _ in range(300))
