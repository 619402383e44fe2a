import time


def parsed(day):
    return time.strptime(f"2024-01-0{day}", "%Y-%m-%d").tm_wday, sorted(__builtins__)[-1]
