# needs: pandas
"""Loops over tables: groups, rows, columns and windows, with views and shared blocks."""

import numpy as np
import pandas as pd


def table():
    keys = list("abcabcabc")
    made = pd.DataFrame({"key": keys, "value": np.arange(9.0), "weight": np.linspace(0, 1, 9)})
    made["kind"] = made["key"].astype("category")
    made["time"] = pd.date_range("2020-01-01", periods=9, tz="UTC")
    made["count"] = pd.array([1, None] * 4 + [3], dtype="Int64")
    return made


def main():
    frame = table()
    index, by_two = frame.index, frame.set_index(["key", "value"])
    weights, kinds = frame["weight"].to_numpy(), frame["kind"].cat.categories
    missing, period = pd.NA, pd.period_range("2020", periods=3, freq="M")
    total = 0
    for key, group in frame.groupby("key"):  # checkpoint
        total += group["value"].sum()
        print(key, len(group), total)
    for row in frame.itertuples():  # checkpoint
        if row.Index % 4 == 0:
            print(row.key, row.value, row.time)
    for number, row in frame.iterrows():  # checkpoint
        if number % 4 == 0:
            print(number, row["key"], row["weight"])
    for name, column in frame.items():  # checkpoint
        print(name, column.dtype)
    for window in frame["value"].rolling(3):  # checkpoint
        print(window.sum())
    grouped = frame.groupby("key")["value"]
    for number in range(3):  # checkpoint
        print(grouped.mean().to_dict(), by_two.loc[("a", 0.0)]["weight"], kinds.tolist())
        print(index is frame.index, np.shares_memory(weights, frame["weight"].to_numpy()))
        print(frame["count"].iloc[number], missing is pd.NA, period[number], frame.time[number])
        frame.loc[number, "weight"] = number
    print(frame.describe())


main()
