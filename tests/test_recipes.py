"""The recipes of docs/recipes.md, taken from that page and run as far as a machine can.

Nothing here is a batch system: the tests do what the documentation of each says that it does.
"""

import configparser
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import crash
import pytest
import yaml

PAGE = (crash.HERE.parent / "docs" / "recipes.md").read_text()
AGAIN = 75
SIMULATE = """\
import os
import pathlib
import sys
import time

total = 0
for step in range(8):  # checkpoint
    total += step
    print("step", step, total, flush=True)
    if step in (2, 5):
        here = pathlib.Path(f"at-{step}")
        here.with_suffix(".new").write_text(str(os.getpid()))
        here.with_suffix(".new").rename(here)
        while not pathlib.Path(f"go-{step}").exists():
            time.sleep(0.01)
print("done", total)
sys.exit(int(os.environ.get("STATUS", 0)))
"""
SRUN = """\
import signal
import subprocess
import sys

child = subprocess.Popen(sys.argv[1:])
for number in (signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, lambda number, frame: child.send_signal(number))
sys.exit(child.wait())
"""
SCONTROL = "import pathlib, sys\npathlib.Path('requeued').write_text(' '.join(sys.argv[1:]))\n"


def recipe(heading, language):
    """The block of a section of the page."""
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]
    return re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[1]


class Site:
    """A folder with the script, and commands that stand first in the search path."""

    def __init__(self, folder):
        self.folder = folder / "site"
        self.bin = folder / "bin"
        self.folder.mkdir()
        self.bin.mkdir()
        (self.folder / "simulate.py").write_text(SIMULATE)
        self.add("python", f'exec "{crash.interpreter()}" "$@"\n')

    def add(self, name, lines, shebang="/bin/sh"):
        path = self.bin / name
        path.write_text(f"#!{shebang}\n{lines}")
        path.chmod(0o755)

    def plain(self):
        """What the script prints when nobody disturbs it."""
        for step in (2, 5):
            (self.folder / f"go-{step}").touch()
        outcome = crash.run_plain(self.folder / "simulate.py", self.folder)
        for path in [*self.folder.glob("go-*"), *self.folder.glob("at-*")]:
            path.unlink()
        return outcome.stdout

    def start(self, *command, **env):
        search = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return crash.started(command, self.folder, PATH=search, **env)

    def arrived(self, step, child):
        """Wait until the script stands at a step; returns its process."""
        here = self.folder / f"at-{step}"
        deadline = time.monotonic() + 60
        while not here.exists():
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        pid = int(here.read_text())
        here.unlink()
        return pid

    def go(self, step):
        (self.folder / f"go-{step}").touch()


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.mark.parametrize("status", [0, 3])
def test_the_shell_loop(status, site):
    plain = site.plain()
    script = recipe("A shell loop", "sh")
    with site.start("sh", "-c", script, STATUS=str(status)) as child:
        for step, number in ((2, signal.SIGTERM), (5, signal.SIGINT)):
            os.kill(site.arrived(step, child), number)
            site.go(step)
        out, err = child.communicate()
    assert (child.returncode, out) == (status, plain), err


def test_slurm(site):
    plain = site.plain()
    site.add("srun", SRUN, sys.executable)
    site.add("scontrol", SCONTROL, sys.executable)
    job = site.folder / "job.sh"
    job.write_text(recipe("Slurm", "sh"))
    requeued, printed = site.folder / "requeued", b""
    for step in (2, 5):
        with site.start("bash", str(job), SLURM_JOB_ID="42") as shell:
            site.arrived(step, shell)
            shell.send_signal(signal.SIGUSR1)
            while b"SIGUSR1: the program stops" not in shell.stderr.readline():
                assert shell.poll() is None
            site.go(step)
            out, err = shell.communicate()
        assert shell.returncode == AGAIN, err
        assert requeued.read_text() == "requeue 42"
        requeued.unlink()
        printed += out
    with site.start("bash", str(job), SLURM_JOB_ID="42") as shell:
        out, err = shell.communicate()
    assert (shell.returncode, printed + out) == (0, plain), err
    assert not requeued.exists()


def test_a_slurm_job_that_is_cancelled_is_not_put_back(site):
    plain = site.plain()
    site.add("srun", SRUN, sys.executable)
    site.add("scontrol", SCONTROL, sys.executable)
    with site.start("bash", "-c", recipe("Slurm", "sh"), SLURM_JOB_ID="42") as shell:
        os.kill(site.arrived(2, shell), signal.SIGTERM)  # scancel signals the steps
        site.go(2)
        out, err = shell.communicate()
    assert (shell.returncode, plain.startswith(out)) == (AGAIN, True), err
    assert not (site.folder / "requeued").exists()


class Pod:
    """What the kubelet and the Job controller do, as far as the recipe needs it."""

    def __init__(self, site, store):
        job = yaml.safe_load(recipe("Kubernetes", "yaml"))
        assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
        self.pod = job["spec"]["template"]["spec"]
        self.rules = job["spec"]["podFailurePolicy"]["rules"]
        (self.container,) = self.pod["containers"]
        mounts = {mount["mountPath"] for mount in self.container["volumeMounts"]}
        self.command = [
            str(store) if word in mounts else word for word in self.container["command"]
        ]
        assert str(store) in self.command
        self.site = site

    def start(self):
        return self.site.start(*self.command)

    def end(self, child, grace):
        """SIGTERM, the grace period, SIGKILL; returns what was printed."""
        assert self.pod["terminationGracePeriodSeconds"] >= 30
        child.send_signal(signal.SIGTERM)
        try:
            return child.communicate(timeout=grace)[0]
        except subprocess.TimeoutExpired:
            child.kill()
            return child.communicate()[0]

    def is_failure(self, status):
        """Whether a status counts towards the limit of the Job."""
        assert self.pod["restartPolicy"] == "Never"
        for rule in self.rules:
            codes = rule.get("onExitCodes")
            if codes and codes["containerName"] == self.container["name"]:
                assert codes["operator"] == "In"
                if status in codes["values"]:
                    return rule["action"] != "Ignore"
        return status != 0


def test_kubernetes(site, tmp_path):
    plain = site.plain()
    pod = Pod(site, tmp_path / "volume")
    with pod.start() as first:  # evicted, and given enough time
        site.arrived(2, first)
        site.go(2)
        printed = pod.end(first, 60)
    assert not pod.is_failure(first.returncode)
    assert first.returncode == AGAIN
    with pod.start() as second:  # evicted in an iteration that takes longer than it is given
        site.arrived(5, second)
        lost = pod.end(second, 0.5)
    assert pod.is_failure(second.returncode)
    site.go(5)
    with pod.start() as third:
        out, err = third.communicate()
    assert third.returncode == 0, err
    assert list(dict.fromkeys((printed + lost + out).splitlines())) == plain.splitlines()


CLEAN = {0, -signal.SIGHUP, -signal.SIGINT, -signal.SIGTERM, -signal.SIGPIPE}


def restarts(service, status):
    """Whether systemd starts a service again that has ended by itself: systemd.service(5)."""
    if str(status) in service["RestartForceExitStatus"].split():
        return True
    clean = status in CLEAN or str(status) in service["SuccessExitStatus"].split()
    return service["Restart"] == "on-failure" and not clean


def test_systemd(site, tmp_path):
    plain = site.plain()
    text = recipe("systemd", "ini")
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read_string(text)
    service = unit["Service"]
    root = service["WorkingDirectory"]
    command = service["ExecStart"].replace(f"{root}/.venv/bin/python", "python").split()
    statuses, printed = [], b""
    for step, number in ((2, signal.SIGTERM), (5, signal.SIGKILL), (None, None)):
        with site.start(*command) as child:
            if step is not None:
                os.kill(site.arrived(step, child), number)
                site.go(step)
            printed += child.communicate()[0]
        statuses.append(child.returncode)
    assert statuses == [AGAIN, -signal.SIGKILL, 0]
    assert [restarts(service, status) for status in statuses] == [True, True, False]
    assert list(dict.fromkeys(printed.splitlines())) == plain.splitlines()
    if shutil.which("systemd-analyze"):
        there = tmp_path / "simulate.service"
        there.write_text(
            text.replace(f"{root}/.venv/bin/python", sys.executable).replace(root, str(tmp_path))
        )
        done = subprocess.run(["systemd-analyze", "verify", there], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
