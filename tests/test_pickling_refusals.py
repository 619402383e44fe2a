"""What cannot be saved is named by its path, with the remedy."""

from importlib.util import find_spec

import pytest
from pickling_driver import refusal

FITTED = """
import lightgbm
import numpy as np
data = lightgbm.Dataset(np.arange(60.0).reshape(-1, 1), np.arange(60.0))
model = lightgbm.Booster({"verbosity": -1}, data)
model.update()
del data
"""
"""A model whose pickle leaves out the data that it is being fitted to."""


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("import sqlite3\nx = {'db': [0, sqlite3.connect(':memory:')]}", "x['db'][1]"),
        ("x = (i for i in [1])", "x"),
        ("import socket\nclass A: pass\na = A()\na.b = A()\na.b.s = socket.socket()", "a.b.s"),
        ("import subprocess\nx = [subprocess.Popen(['true'])]\nx[0].wait()", "x[0]"),
        ("import threading\nx = threading.Thread(target=print)", "x"),
        ("def f():\n g = (i for i in [1])\n return lambda: g\nx = f()", "x.g"),
        ("import hashlib\nclass A:\n h = hashlib.sha256()", "A.h"),
        ("async def f(): pass\nx = f()\nimport warnings\nwarnings.simplefilter('ignore')", "x"),
        ("import sys\nx = sys._getframe()", "x"),
        ("import bz2, io\nx = bz2.open(io.BytesIO(), 'w')", "x"),
        ("import zlib\nx = [zlib.compressobj()]", "x[0]"),
        ("import hashlib\nx = hashlib.blake2b()", "x"),
        ("import hmac\nx = hmac.new(b'k', digestmod='sha256')", "x._hmac"),
        ("import io, xml.etree.ElementTree as ET\nx = ET.iterparse(io.BytesIO(b'<a/>'))", "x"),
        ("import sqlite3\nd = sqlite3.connect(':memory:')\nx = d.execute('select 1')\ndel d", "x"),
        ("import selectors\nx = selectors.DefaultSelector()", "x"),
        ("import threading\nx = [1, threading.Timer(9, print)]", "x[1]"),
        ("import concurrent.futures\nx = concurrent.futures.ThreadPoolExecutor()", "x"),
        (
            "import numpy\nclass G(numpy.random.Generator): pass\nx = G(numpy.random.PCG64())",
            "x",
        ),
        ("import itertools, hashlib\nx = itertools.chain([hashlib.md5()])", "x[0][0]"),
        *([(FITTED, "model")] if find_spec("lightgbm") else []),
    ],
)
def test_the_value_is_named(tmp_path, source, path):
    message = refusal(tmp_path, source)
    assert message.startswith(f"{path}: "), message
    assert " cannot be saved; " in message


def test_items_that_a_mapping_computes_are_not_asked_for(tmp_path):
    message = refusal(
        tmp_path,
        """
        import hashlib
        from collections.abc import Mapping

        class Settings(Mapping):
            def __init__(self):
                self.digest = hashlib.sha256()

            def __getitem__(self, name):
                raise ValueError(name)

            def __iter__(self):
                return iter("ab")

            def __len__(self):
                return 2

        settings = Settings()
        """,
    )
    assert message.startswith("settings.digest: ")


def test_a_lock_held_by_another_thread(tmp_path):
    message = refusal(
        tmp_path,
        """
        import threading
        lock = threading.RLock()
        held = threading.Thread(target=lock.acquire)
        held.start()
        held.join()
        del held
        """,
    )
    assert message.startswith("lock: _thread.RLock cannot be saved; a lock held by another thread")
