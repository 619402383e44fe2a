"""Numbers, and a list that others share."""

GRAVITY = 9.81
STEP = 0.125
SEEN = []
