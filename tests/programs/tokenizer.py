"""A tokenizer and a recursive-descent calculator: parsing with marked loops in the grammar."""

import re

TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z]\w*)|(?P<op>[-+*/()=]))")


class SyntaxProblem(ValueError):
    pass


def tokens_of(text):
    tokens, place = [], 0
    while place < len(text):  # checkpoint
        found = TOKEN.match(text, place)
        if not found:
            raise SyntaxProblem(f"column {place}: {text[place:]!r}")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
        del found
    return tokens


class Parser:
    def __init__(self, text, variables):
        self.tokens, self.variables = tokens_of(text), variables
        self.tokens.reverse()

    def peek(self):
        return self.tokens[-1][1] if self.tokens else None

    def take(self):
        return self.tokens.pop()

    def expression(self):
        value = self.term()
        while self.peek() in ("+", "-"):  # checkpoint
            value = value + self.term() if self.take()[1] == "+" else value - self.term()
        return value

    def term(self):
        value = self.factor()
        while self.peek() in ("*", "/"):
            if self.take()[1] == "*":
                value *= self.factor()
            else:
                value /= self.factor()
        return value

    def factor(self):
        kind, text = self.take()
        if kind == "number":
            return float(text)
        if kind == "name":
            return self.variables[text]
        if text == "(":
            value = self.expression()
            self.take()
            return value
        return -self.factor()


variables = {}
for line in ["a = 2 * (3 + 4)", "b = a / 4 - -1", "(a + b) * (a - b) + 1", "3 $ 4", "c + 1", "b"]:
    name, equals, text = line.rpartition("=")
    try:
        value = Parser(text, variables).expression()
    except SyntaxProblem as problem:
        print("syntax:", problem)
    except KeyError as missing:
        print("unknown:", missing)
    else:
        if equals:
            variables[name.strip()] = value
        print(line, "->", value)
print(variables)
