"""Fire on a function, a class and its methods, a dict, and all that the script has."""

import fire


class Model:
    def __init__(self, rate=0.5):
        self.rate = rate
        print("made", rate)

    def train(self, steps=4):
        total = 0
        for step in range(steps):  # checkpoint
            total += self.rate * step
            print(step, total)
        return total


def count(n: int = 3):
    for i in range(n):  # checkpoint
        print("count", i)
    return {"n": n}


if __name__ == "__main__":
    result = fire.Fire(count, ["--n", "4"]), fire.Fire(Model, ["train", "--steps=3", "--rate=2"])
    print(result)
    fire.Fire({"model": Model, "count": count}, ["count", "2"])
    fire.Fire(command=["count", "2"])
