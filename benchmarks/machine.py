"""What the measurements were made on."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "numpy",
    "cloudpickle",
    "dill",
    "joblib",
    "safetensors",
    "torch",
    "tqdm",
    "pandas",
    "pyperformance",
    "xxhash",
)


def describe(folder: Path) -> dict[str, object]:
    """The machine, its software, and the file system of a folder."""
    return {
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "huge pages": _read("/sys/kernel/mm/transparent_hugepage/enabled"),
        "kernel": platform.release(),
        "file system": _file_system(folder),
        "O_DIRECT": has_direct(folder),
        "CRIU": _printed("criu", "--version").removeprefix("Version: ") or "not there",
        "python": sys.version,
        "packages": {name: _version(name) for name in PACKAGES if _version(name)},
    }


def missing() -> list[str]:
    """The names of the packages that are not there."""
    return [name for name in PACKAGES if not _version(name)]


def now() -> dict[str, object]:
    """What differs from one suite to the next: how busy the machine is, and which code is there."""
    return {
        "load": round(os.getloadavg()[0], 2),
        "commit": _printed("git", "rev-parse", "HEAD")[:9],
    }


def _printed(*command: str) -> str:
    try:
        return subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _field(path: str, name: str) -> str:
    lines = (line.partition(":") for line in _read(path).splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "")


def _file_system(folder: Path) -> str:
    """Its type, at the longest mount point above the folder."""
    mounts = [line.split() for line in _read("/proc/mounts").splitlines()]
    above = [mount for mount in mounts if folder.resolve().is_relative_to(mount[1])]
    return max(above, key=lambda mount: len(mount[1]))[2] if above else ""


def has_direct(folder: Path) -> bool:
    """Whether files there can be written past the page cache."""
    path = folder / "direct"
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_DIRECT", 0)))
    except OSError:
        return False
    finally:
        path.unlink(missing_ok=True)
    return hasattr(os, "O_DIRECT")
