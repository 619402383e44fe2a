"""The types of `queue`; what becomes of them is in `locks`, where older snapshots look for it."""

from __future__ import annotations

import queue

from autoresume.pickling.locks import reduce_queue, reduce_simple_queue
from autoresume.pickling.tables import Reducer

REDUCERS: dict[type, Reducer] = {
    **dict.fromkeys((queue.Queue, queue.LifoQueue, queue.PriorityQueue), reduce_queue),
    queue.SimpleQueue: reduce_simple_queue,
}
