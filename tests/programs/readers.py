"""Loops over what reads and walks: csv, re, files, folders, archives, trees, progress bars."""

import csv
import glob
import gzip
import itertools
import os
import pathlib
import re
import sqlite3
import tempfile
import xml.etree.ElementTree as ET

from rich.console import Console
from rich.progress import Progress
from tqdm import tqdm, trange


def work(*shown):
    for i in range(2):  # checkpoint
        print(*shown, i)


with open("in.csv", "w", encoding="utf-16") as file:
    file.writelines(f'{i},"é\n{i}"\n' for i in range(4))
with open("in.csv", encoding="utf-16", newline="") as file:
    reader = csv.reader(file)
    for row in reader:  # checkpoint
        print(reader.line_num, row)
    print(file.tell())
rows = csv.DictReader(open("in.csv", encoding="utf-16"), ["a", "b"])
out = csv.DictWriter(open("out.csv", "w", newline=""), ["a", "b"], delimiter=";")
for row in itertools.islice(rows, 3):  # checkpoint
    out.writerow(row)
work(rows.line_num, next(rows))
del out, rows

for match in re.finditer(r"(?P<n>\d),|x*", "1,2,é3,"):  # checkpoint
    print(match, match.groupdict())
for number, line in enumerate(open("out.csv")):  # checkpoint
    print(number, line)

os.makedirs("tree/a/b")
for name in ("tree/f", "tree/a/g", "tree/a/b/h"):
    open(name, "w").close()
found = []
for entry in os.scandir("tree"):  # checkpoint
    found.append(entry.name)
with os.scandir("tree") as entries:
    for entry in entries:  # checkpoint
        found.append(entry.is_dir())
for top, folders, files in os.walk("tree"):  # checkpoint
    found.append(top)
for path in pathlib.Path("tree").rglob("*"):  # checkpoint
    found.append(path)
for path in glob.iglob("tree/**", recursive=True):  # checkpoint
    found.append(path)
print(sorted(map(str, found)))

with gzip.open("lines.gz", "wt") as file:
    for key, group in itertools.groupby("aab"):
        for item in group:  # checkpoint
            file.write(f"{key} {item}\n")
for line in gzip.open("lines.gz", "rt"):  # checkpoint
    print(line)
os.remove("lines.gz")  # the same content in other bytes

for element in ET.fromstring("<a><b>1</b><c/><b>2</b></a>").iter("b"):  # checkpoint
    print(element.text)

database = sqlite3.connect("rows.db")
database.execute("create table t (a)")
for i in range(3):  # checkpoint
    database.execute("insert into t values (?)", [i])
    database.commit()
print(database.execute("select * from t").fetchall())
database.close()
os.remove("rows.db")

with tempfile.NamedTemporaryFile("w+") as kept, tempfile.TemporaryFile() as nameless:
    for i in range(2):  # checkpoint
        print(i, file=kept)
        nameless.write(b"%d" % i)
    kept.seek(0)
    nameless.seek(0)
    print(kept.read(), nameless.read())

for letter, number in tqdm(list(zip("abc", range(3))), desc="bar"):  # checkpoint
    print(letter, number)
with tqdm(total=3) as bar:
    for i in range(3):  # checkpoint
        bar.update()
        bar.set_postfix(i=i)
    print(bar.n, bar.postfix)
for i in trange(2):
    for j in trange(2, leave=False):  # checkpoint
        print(i, j)

with Progress(console=Console(stderr=True)) as progress:
    for letter in progress.track("ab"):  # checkpoint
        print(letter, len(progress.tasks))

one, other = itertools.tee(map(str, range(9)))
pairs = itertools.zip_longest(one, itertools.islice(other, 2, 5), fillvalue="-")
for pair in itertools.chain.from_iterable([pairs, itertools.pairwise("abc")]):  # checkpoint
    print(pair)
numbers = dict.fromkeys(range(5))
for key in numbers:  # checkpoint
    numbers[key] = key * 2
    if key == 3:
        try:
            numbers["more"] = 1
            work(next(iter(numbers)))
        finally:
            del numbers["more"]
print(numbers)
