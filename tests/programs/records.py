"""Text and JSON lines parsed to objects, grouped, and written out as a report file."""

import json
from collections import defaultdict

LINES = """\
{"city": "Oslo", "day": 1, "t": [1.5, 2.0, 4.5]}
{"city": "Rome", "day": 1, "t": [11.0, 15.5]}
{"city": "Oslo", "day": 2, "t": []}
not json
{"city": "Lima", "day": 1, "t": [18.25, 19.0, null, 21.0]}
{"city": "Rome", "day": 2, "t": [10.0, 16.25, 14.0]}
{"day": 3}
"""


def mean(values):
    total, count = 0.0, 0
    for value in values:  # checkpoint
        if value is None:
            continue
        total, count = total + value, count + 1
    return total / count if count else None


def read(lines):
    cities, errors = defaultdict(dict), []
    for number, line in enumerate(lines, 1):  # checkpoint
        try:
            record = json.loads(line)
            cities[record["city"]][record["day"]] = mean(record["t"])
        except json.JSONDecodeError as error:
            errors.append(f"line {number}: {error.msg}")
        except KeyError as error:
            errors.append(f"line {number}: no {error}")
        else:
            print("read", number, record["city"])
    return cities, errors


def report(cities, name):
    with open(name, "w", encoding="utf-8") as out:
        for city in sorted(cities):  # checkpoint
            days = cities[city]
            out.write(f"{city:>6}: {mean(days.values())}\n")
        json.dump(cities, out, sort_keys=True)
        return out.tell()


cities, errors = read(LINES.splitlines())
print(report(cities, "report.txt"), errors)
print(cities["Nowhere"], json.dumps(cities))
