"""The interpreter's own state, captured in one process and restored in another."""

import os
import pickle
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest

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


LIBRARIES = {
    "calendar": ("calendar.setfirstweekday(6)", "calendar.firstweekday()", "6"),
    "jax": (
        'jax.config.update("jax_enable_x64", True)\njax.config.update("jax_debug_nans", True)',
        "jax.numpy.ones(1).dtype, jax.config.jax_debug_nans, jax.config.jax_disable_jit",
        "float64 True False",
    ),
    "pandas": (
        'pandas.set_option("display.precision", 2)\npandas.options.display.max_rows = None',
        "pandas.get_option('display.precision'), pandas.options.display.max_rows",
        "2 None",
    ),
    "sklearn": (
        'sklearn.set_config(transform_output="pandas", working_memory=7)',
        "[sklearn.get_config()[name] for name in ('transform_output', 'working_memory')]",
        "['pandas', 7]",
    ),
    "xarray": (
        "xarray.set_options(keep_attrs=False)",
        "xarray.get_options()['keep_attrs']",
        "False",
    ),
    "matplotlib": (
        'matplotlib.rcParams["axes.prop_cycle"] = matplotlib.cycler(color="rg")',
        "matplotlib.rcParams['axes.prop_cycle'].by_key(), matplotlib.rcParams['lines.linewidth']",
        "{'color': ['r', 'g']} 1.5",
    ),
    "mpmath": (
        "mpmath.mp.dps = 40\nmpmath.iv.prec = 90\nmpmath.mp.pretty = True",
        "mpmath.mp.prec, mpmath.iv.prec, mpmath.iv.dps, [mpmath.mpf(1) / 3]",
        "136 90 26 [0.3333333333333333333333333333333333333333]",
    ),
    "gmpy2": (
        "gmpy2.get_context().precision = 120\ngmpy2.get_context().round = gmpy2.RoundUp",
        "gmpy2.get_context().precision, gmpy2.get_context().real_prec, gmpy2.mpfr(1) / 3 * 3 == 1",
        "120 120 False",
    ),
}


@pytest.mark.parametrize("library", [name for name in LIBRARIES if find_spec(name)])
def test_what_is_set_in_libraries_comes_back(library, tmp_path):
    change, asked, told = LIBRARIES[library]
    python(tmp_path, f"import {library}\n{change}\n{SAVE}")
    assert python(tmp_path, f"{LOAD}\nimport {library}\nprint({asked})").strip() == told


def test_libraries_that_nothing_is_set_in_are_not_loaded(tmp_path):
    told = python(tmp_path, f"{SAVE}\n{LOAD}\nprint({set(LIBRARIES)} & set(sys.modules))")
    assert told.strip() == "set()"


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
