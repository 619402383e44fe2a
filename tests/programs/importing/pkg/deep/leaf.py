from ..sub import RESULT as base


class Leaf:
    def __init__(self):
        for i in range(2):  # checkpoint
            self.base = base + i
            print("leaf", self.base)


RESULT = Leaf().base
