"""Markov-chain text: a table of words learned in one loop, sentences drawn in another."""

import random

TEXT = """the cat sat on the mat and the dog sat on the log . the cat saw the dog and the dog saw
the cat . a cat and a dog sat on a mat and saw the log ."""


class Chain:
    def __init__(self, order):
        self.order = order
        self.followers = {}

    def learn(self, words):
        window = tuple(words[: self.order])
        for word in words[self.order :]:  # checkpoint
            self.followers.setdefault(window, []).append(word)
            window = (*window[1:], word)
        return len(self.followers)

    def speak(self, rng, most):
        window = rng.choice(sorted(self.followers))
        said = list(window)
        while len(said) < most:  # checkpoint
            choices = self.followers.get(window)
            if not choices:
                break
            word = rng.choice(choices)
            said.append(word)
            window = (*window[1:], word)
            if word == ".":
                break
        return " ".join(said)


chain = Chain(order=2)
print(chain.learn(TEXT.split()[:24]), "states")
rng = random.Random(2024)
for n in range(3):
    print(n, chain.speak(rng, 8))
print(rng.random(), max(chain.followers.items(), key=lambda pair: (len(pair[1]), pair[0])))
