"""Kill and resume programs at many boundaries, quickly: every process is a fork of this one.

``python forked.py`` reads one request a line from stdin, and answers each with a line on stdout.
A request is a JSON list of a script, and how many of its boundaries to try. Of each process there
is its output, its status, and the snapshots that it would have left had it been killed.
"""

import json
import os
import pickle
import random
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

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

    def load(self, warn):
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
        import faulthandler

        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
        faulthandler.dump_traceback_later(TIMEOUT, exit=True)
        status = 70
        try:
            status = body()
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    output, errors = ((folder / n).read_text(errors="replace") for n in ("stdout", "stderr"))
    return Ended(output, errors, status)


def plain(script):
    """Run a script as Python does."""
    from autoresume import runner

    target = runner.prepare_script(script, [])
    code = compile(target.source, target.filename, "exec", dont_inherit=True)
    return runner.supervise(lambda: exec(code, vars(target.module)))


def with_tool(script, folder, first=None):
    """Start a script, or resume it from a snapshot; snapshots go into ``folder``."""
    from autoresume import runner
    from autoresume.cli.options import Options
    from autoresume.program import Program
    from autoresume.run import Run
    from autoresume.store import Snapshot

    options = Options(script, None, (), folder, 1, None, (), False, None)
    target = runner.prepare_script(script, [])
    program = Program(target.owns, target.root)
    program.discover("__main__", target.filename, target.source, None)
    if first is not None:
        meta, data, buffers = first
        first = Snapshot(1, meta, data, [memoryview(bytearray(b)) for b in buffers])
    return Run(options, target, program, Snapshots(folder, first), 0).execute()


def check(script, size):
    """Compare a script run plainly, with the tool, and resumed once and twice."""
    answer = Answer()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        reference = in_fork(lambda: plain(script), place(root, "plain"))
        answer.plain = asdict(reference)
        whole = place(root, "whole")
        ended = in_fork(lambda: with_tool(script, whole / "snapshots"), whole)
        answer.boundaries = len(list((whole / "snapshots").iterdir()))
        if is_refusal(ended, reference):
            answer.refused = ended.stderr
            return answer
        answer.wrong = difference(reference, "", ended, "run through")
        chosen = random.Random(script)
        for number in sample(chosen, answer.boundaries, size):
            if answer.wrong:
                break
            resume(answer, script, root, whole, number, reference, chosen)
    return answer


def resume(answer, script, root, whole, number, reference, chosen):
    """Resume from a snapshot of the whole run, and from a snapshot of that run."""
    before = ""
    folder, what = whole, "resumed"
    for name in (f"from{number}", f"from{number}again"):
        size, first = pickle.loads((folder / "snapshots" / str(number)).read_bytes())
        before += (folder / "stdout").read_bytes()[:size].decode(errors="replace")
        what += f" from snapshot {number}"
        folder = place(root, name)
        ended = in_fork(lambda: with_tool(script, folder / "snapshots", first), folder)
        answer.resumed += 1
        answer.wrong = difference(reference, before, ended, what)
        taken = len(list((folder / "snapshots").iterdir()))
        if answer.wrong or not taken:
            break
        number, what = chosen.randint(1, taken), f"{what}, then"


def place(root, name):
    """A folder for one process."""
    (root / name / "snapshots").mkdir(parents=True)
    return root / name


def sample(chosen, boundaries, size):
    """The first, the last, and some between; all with ``size`` None."""
    numbers = range(1, boundaries + 1)
    if size is None or boundaries <= size:
        return numbers
    return sorted({1, boundaries, *chosen.sample(numbers, size - 2)})


def is_refusal(ended, reference):
    """Whether a boundary was refused."""
    return ended.status == 2 and reference.status != 2


def difference(reference, before, ended, what):
    """What is not as in the plain run; "" if nothing."""
    import crash

    stdout = before + ended.stdout
    if ended.status != reference.status:
        return f"{what}: status {ended.status}, not {reference.status}\n{ended.stderr}"
    if stdout != reference.stdout:
        return what + crash.difference(reference.stdout.encode(), stdout.encode()) + ended.stderr
    if crash.traceback_of(ended.stderr) != crash.traceback_of(reference.stderr):
        return f"{what}: other traceback\n{reference.stderr}\n{ended.stderr}"
    return ""


def serve():
    """Answer requests."""
    import autoresume.run  # what every process needs is loaded once
    import autoresume.runner

    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        answers.write(json.dumps(asdict(check(*json.loads(line)))) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
