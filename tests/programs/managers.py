"""Locks and the context managers of contextlib and warnings, entered around a marked loop."""

import contextlib
import io
import threading
import warnings

lock = threading.Lock()


def loop(tag):
    for i in range(2):  # checkpoint
        print(tag, i, lock.locked())


with lock:
    loop("lock")
print(lock.locked())
buf = io.StringIO()
with contextlib.redirect_stdout(buf):
    loop("in")
print(repr(buf.getvalue()))
with contextlib.suppress(ZeroDivisionError):
    loop("s")
    1 / 0
with warnings.catch_warnings():
    warnings.simplefilter("error")
    loop("w")
    try:
        warnings.warn("x")
    except UserWarning as e:
        print("raised", e)
print(len(warnings.filters) > 0)
with contextlib.ExitStack() as st:
    st.enter_context(lock)
    st.callback(print, "bye")
    loop("es")
print(lock.locked())
