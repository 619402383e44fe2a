"""Error settings of numpy, inside and outside of nested errstate managers."""

import numpy as np


def loop(tag):
    for i in range(3):  # checkpoint
        print(tag, i, np.geterr()["divide"], np.geterr()["over"])


print(np.geterr()["divide"])
with np.errstate(divide="ignore"):
    loop("a")
    with np.errstate(over="raise", divide="print"):
        loop("b")
    print(np.geterr()["divide"], np.geterr()["over"])
    loop("c")
print(np.geterr()["divide"], np.geterr()["over"])
