import sys

import second

total = 0
for i in range(2):  # checkpoint
    total += i + second.RESULT
    print("first", i, __spec__._initializing, __name__ in sys.modules)


class Thing:
    def value(self):
        return RESULT


RESULT = total
