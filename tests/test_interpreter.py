"""The interpreter's own state, captured in one process and restored in another."""

import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

HEAD = """
import decimal, gc, locale, logging, os, pickle, random, signal, sys, warnings
import numpy as np
from autoresume import interpreter
interpreter.baseline()
"""


def python(folder, body, **environment):
    command = [sys.executable, "-c", HEAD + textwrap.dedent(body)]
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


SAVE = "open('state', 'wb').write(pickle.dumps(interpreter.capture()))"
LOAD = "interpreter.restore(pickle.load(open('state', 'rb')))"


def test_random_numbers_go_on(tmp_path):
    told = python(tmp_path, f"np.random.rand()\n{SAVE}\nprint(random.random(), np.random.rand())")
    assert python(tmp_path, f"{LOAD}\nprint(random.random(), np.random.rand())") == told


def test_settings_come_back(tmp_path):
    change = f"""
        np.set_printoptions(precision=3)
        np.seterr(divide="raise")
        warnings.simplefilter("error")
        sys.setrecursionlimit(2345)
        os.umask(0o27)
        os.environ["NEW"] = "1"
        del os.environ["GONE"]
        decimal.getcontext().prec = 5
        gc.disable()
        sys.path.append("/nowhere")
        sys.argv.append("more")
        sys.set_int_max_str_digits(5000)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        {SAVE}
    """
    check = """
        print(np.get_printoptions()["precision"], np.geterr()["divide"], warnings.filters[0][0])
        print(sys.getrecursionlimit(), os.umask(0), "GONE" in os.environ, os.environ["NEW"])
        print(decimal.getcontext().prec, gc.isenabled(), sys.path[-1], sys.argv[-1])
        print(sys.get_int_max_str_digits(), signal.getsignal(signal.SIGUSR2).name)
        try:
            warnings.warn("now an error")
        except UserWarning:
            print("raised")
    """
    python(tmp_path, change, GONE="1")
    told = python(tmp_path, LOAD + textwrap.dedent(check), GONE="1")
    assert told.split() == (
        "3 raise error 2345 23 False 1 5 False /nowhere more 5000 SIG_IGN raised".split()
    )


def test_what_the_program_left_alone_is_that_of_the_new_process(tmp_path):
    python(tmp_path, SAVE, OTHER="before")
    told = python(
        tmp_path,
        f"sys.path.append('/mine')\n{LOAD}\nprint(os.environ['OTHER'], sys.path[-1])",
        OTHER="after",
    )
    assert told.split() == ["after", "/mine"]


def test_the_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    python(tmp_path, f"os.chdir('sub')\n{SAVE}\nos.rename('state', '../state')")
    assert python(tmp_path, f"{LOAD}\nprint(os.getcwd())").strip() == str(tmp_path / "sub")
    (tmp_path / "sub").rmdir()
    told = python(
        tmp_path,
        f"""
        try:
            {LOAD}
        except Exception as error:
            print(error)
        """,
    )
    assert told.startswith(f"the program worked in {tmp_path / 'sub'}: ")


def test_logging(tmp_path):
    (tmp_path / "main.py").write_text(
        textwrap.dedent(
            """
            import logging, os, sys
            from autoresume import interpreter
            os.chdir(os.path.dirname(__file__))
            interpreter.baseline()
            handler = logging.FileHandler("log.txt")
            handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
            logging.addLevelName(15, "NOTE")
            log = logging.getLogger("train")
            log.addHandler(handler)
            log.setLevel(15)
            log.log(15, "one")
            state = interpreter.capture()
            """
        )
    )
    (tmp_path / "check.py").write_text(
        textwrap.dedent(
            """
            from autoresume import interpreter
            interpreter.restore(state)
            assert log is logging.getLogger("train") and log.handlers == [handler]
            log.log(15, "two")
            assert open("log.txt").read() == "NOTE train one\\nNOTE train two\\n"
            assert handler in [reference() for reference in logging._handlerList]
            """
        )
    )
    from pickling_driver import step

    for task in ("run", "check", "again", "check"):
        step(task, tmp_path)


def test_capture_changes_nothing():
    from autoresume import interpreter

    one, other = interpreter.capture(), interpreter.capture()
    assert pickle.dumps(one["random"]) == pickle.dumps(other["random"])
    assert one["settings"] == other["settings"]
