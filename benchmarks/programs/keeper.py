"""A program with a state, that is saved between two turns: KIND SIZE DEPTH."""

import sys

import session
from states import KINDS


def descend(depth, state):
    """Take the turns so many calls below the top."""
    names = [f"level {depth}", depth]
    if depth:
        return descend(depth - 1, state) + len(names)
    return take_turns(state)


def take_turns(state):
    while True:  # checkpoint
        session.turn(state)


kind, size, depth = sys.argv[1:]
descend(int(depth), KINDS[kind](int(size)))
