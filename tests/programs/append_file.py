"""A file opened and appended to in every iteration, a log in binary, and one read and updated."""

import json
import os
import struct


def log(message):
    with open("run.log", "a") as out:
        out.write(message + "\n")


def update(key):
    counts = {}
    if os.path.exists("counts.json"):
        with open("counts.json") as source:
            counts = json.load(source)
    counts[key] = counts.get(key, 0) + 1
    with open("counts.json.tmp", "w") as target:
        json.dump(counts, target)
    os.replace("counts.json.tmp", "counts.json")
    return counts


def main():
    state = 17
    with open("states.bin", "wb") as binary:
        for step in range(10):  # checkpoint
            state = (state * 75 + 74) % 65537
            binary.write(struct.pack("<I", state))
            print(step, state)
    return state


print(main(), os.path.getsize("states.bin"))
final = {}
for word in "to be or not to be".split():  # checkpoint
    final = update(word)
    log(f"{word}: {final[word]}")
print(final)
with open("run.log") as source:
    print(source.read())
