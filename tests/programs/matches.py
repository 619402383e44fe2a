"""A tokenizer and a search whose matches are needed after the loops that they are made before."""

import re

TOKEN = re.compile(r"\s*(?:(?P<number>\d+)|(?P<name>[a-z]\w*)|(?P<other>.))")


def spelled(text):
    out = []
    for letter in text:  # checkpoint
        out.append(letter.upper())
    return "".join(out)


def tokens(text):
    position = 0
    while match := TOKEN.match(text, position):  # checkpoint
        whole = spelled(match[0])
        yield match.lastgroup, whole, match.span(match.lastgroup), match.pos, match.endpos
        position = match.end()


def main():
    text = "a1 + 22*(bc-3)"
    for token in tokens(text):
        print(*token)
    every = list(re.finditer(r"[a-z](.)", "a1 bc dd"))
    for found in every:  # checkpoint
        print(found.group(1), found.start(), found.pos, found.string is every[0].string)
    first = re.search(r"(?<=b)c", text)
    whole = re.fullmatch(r"(a|ab)(c|bcd)?", "abcd")
    for number in range(2):  # checkpoint
        print(number, first, first.span(), whole.groups(), whole.re.pattern)


main()
