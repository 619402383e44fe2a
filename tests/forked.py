"""Kill and resume programs at many boundaries, quickly: every process is a fork of this one.

``python forked.py`` reads one request a line from stdin, and answers each with a line on stdout.
A request is a JSON list of a script, and how many of its boundaries to try. Of each process there
is its output, its status, and the snapshots that it would have left had it been killed.
"""

import faulthandler
import functools
import json
import os
import pickle
import random
import subprocess
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

import crash

from autoresume import runner
from autoresume.cli.options import parse
from autoresume.program import Program
from autoresume.run import Run
from autoresume.store import Snapshot
from autoresume.transforms import SourceError

HERE = Path(__file__).resolve().parent
TIMEOUT = 60


@dataclass
class Ended:
    """How a process has ended."""

    stdout: str
    stderr: str
    status: int


@dataclass
class Answer:
    """What became of a program: how often it was resumed, and what was wrong first."""

    boundaries: int = 0
    resumed: int = 0
    refused: str = ""
    wrong: str = ""
    plain: dict = field(default_factory=dict)


class Tries:
    """A server of this module, for one process of the suite."""

    def __init__(self, python=sys.executable):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTORESUME_")}
        path = f"{HERE.parent}:{HERE}"
        self.server = subprocess.Popen(
            [python, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment | {"PYTHONHASHSEED": "0", "PYTHONPATH": path},
            text=True,
        )

    def check(self, script, size):
        """Try a script; ``size`` is the number of boundaries, None for all."""
        self.server.stdin.write(json.dumps([str(script), size]) + "\n")
        self.server.stdin.flush()
        return Answer(**json.loads(self.server.stdout.readline()))

    def close(self):
        self.server.stdin.close()
        self.server.wait()


# -- the server ----------------------------------------------------------------------------------


class Snapshots:
    """Takes the place of a store: every snapshot goes into a file of its own."""

    finished = False

    def __init__(self, folder, first):
        self.folder = folder
        self.first = first

    def load(self, warn, number=None, on_damage=None):
        return self.first

    def restart(self):
        pass

    def finish(self):
        pass

    def save(self, meta, data, buffers):
        number = len(list(self.folder.iterdir())) + 1
        state = json.loads(json.dumps(meta)), bytes(data), [bytes(b) for b in buffers]
        # All that was printed before the snapshot has been flushed.
        (self.folder / str(number)).write_bytes(pickle.dumps((os.fstat(1).st_size, state)))


def in_fork(body, folder):
    """Run ``body`` in a fork with its output in files below ``folder``; it returns the status."""
    child = os.fork()
    if not child:
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
        # That of the server, of which a part has been read, is not the program's.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin = sys.__stdin__ = open(0, closefd=False)
        faulthandler.dump_traceback_later(TIMEOUT, exit=True)
        status = 70
        try:
            status = body()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    output, errors = ((folder / n).read_text(errors="replace") for n in ("stdout", "stderr"))
    return Ended(output, errors, status)


class Check:
    """Compares a script run plainly, with the tool, and resumed once and twice."""

    def __init__(self, script, size, root):
        self.script, self.size, self.root = script, size, root
        self.answer = Answer()
        self.chosen = random.Random(Path(script).read_bytes())
        # All processes are forked from here: the script is compiled once.
        self.target = runner.prepare_script(script, [])
        self.program = Program(self.target.owns, self.target.root)
        source = "__main__", self.target.filename, self.target.source
        self.program.discover(*source, None)
        self.program.compile(*source)

    def run(self):
        self.reference = in_fork(self.plain, self.place("plain"))
        self.answer.plain = asdict(self.reference)
        whole, ended = self.process("whole", None)
        self.answer.boundaries = count(whole)
        if ended.status == 2 != self.reference.status:
            self.answer.refused = ended.stderr
            return
        self.compare("", ended, "run through")
        for number in sample(self.chosen, self.answer.boundaries, self.size):
            if not self.answer.wrong:
                self.resume(whole, number)

    def resume(self, folder, number):
        """Resume from a snapshot of the whole run, and from a snapshot of that run."""
        before, what = "", "resumed"
        for name in (f"from{number}", f"from{number}again"):
            size, first = pickle.loads((folder / "snapshots" / str(number)).read_bytes())
            before += (folder / "stdout").read_bytes()[:size].decode(errors="replace")
            what += f" from snapshot {number}"
            folder, ended = self.process(name, first)
            self.answer.resumed += 1
            self.compare(before, ended, what)
            if self.answer.wrong or not count(folder):
                break
            number, what = self.chosen.randint(1, count(folder)), f"{what}, then"

    def place(self, name):
        """A folder for one process."""
        (self.root / name / "snapshots").mkdir(parents=True)
        return self.root / name

    def process(self, name, first):
        """Start the script, or resume it; returns the folder of its snapshots, and its end."""
        folder = self.place(name)
        return folder, in_fork(lambda: self.with_tool(folder / "snapshots", first), folder)

    def plain(self):
        """Run the script as Python does."""
        code = compile(self.target.source, self.target.filename, "exec", dont_inherit=True)
        return runner.supervise(functools.partial(exec, code, vars(self.target.module)))

    def with_tool(self, folder, first):
        """Start the script, or resume it from a snapshot; snapshots go into ``folder``."""
        options = parse(["--every", "1", "--store", str(folder), str(self.script)])
        if first is not None:
            meta, data, buffers = first
            first = Snapshot(1, meta, data, [memoryview(bytearray(b)) for b in buffers])
        return Run(options, self.target, self.program, Snapshots(folder, first), 0).execute()

    def compare(self, before, ended, what):
        """Note what is not as in the plain run."""
        reference, stdout = self.reference, before + ended.stdout
        if ended.status != reference.status:
            self.answer.wrong = f"{what}: status {ended.status}, not {reference.status}"
        elif stdout != reference.stdout:
            self.answer.wrong = what + crash.difference(reference.stdout.encode(), stdout.encode())
        elif traceback_of(ended) != traceback_of(reference, "_ar_v_comp" in ended.stderr):
            self.answer.wrong = f"{what}: other traceback\n{reference.stderr}"
        if self.answer.wrong:
            self.answer.wrong += "\n" + ended.stderr


def traceback_of(ended, with_comprehension=False):
    """The traceback of a process; of one through a comprehension only the end.

    A comprehension around a boundary has a line of its own.
    """
    lines = crash.traceback_of(ended.stderr)
    return lines[-1:] if with_comprehension or "_ar_v_comp" in ended.stderr else lines


def count(folder):
    """The number of snapshots that a process has left."""
    return len(list((folder / "snapshots").iterdir()))


def sample(chosen, boundaries, size):
    """The first, the last, and some between; all with ``size`` None."""
    numbers = range(1, boundaries + 1)
    if size is None or boundaries <= size:
        return numbers
    return sorted({1, boundaries, *chosen.sample(numbers, size - 2)})


def serve():
    """Answer requests, each in a process of its own."""
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        if not os.fork():
            try:
                with tempfile.TemporaryDirectory() as folder:
                    check = Check(*json.loads(line), Path(folder))
                    check.run()
                    answer = check.answer
            except SourceError as error:
                answer = Answer(refused=str(error))
            except BaseException:
                answer = Answer(wrong=traceback.format_exc())
            answers.write(json.dumps(asdict(answer)) + "\n")
            answers.flush()
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    serve()
