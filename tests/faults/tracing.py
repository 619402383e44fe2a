"""Look at each system call of a process, and kill it there, refuse the call, or cut it short.

With ptrace(2), by ctypes: it needs no privilege, no compiler and no other program. For Linux on
x86-64, from version 5.3 on (`PTRACE_GET_SYSCALL_INFO`).
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_TRACEME, _POKEUSER, _SYSCALL = 0, 6, 24
_SETOPTIONS, _GET_SYSCALL_INFO = 0x4200, 0x420E
# TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, EXITKILL
_OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000
_AT_SYSCALL = signal.SIGTRAP | 0x80
_ENTRY, _EXIT = 1, 2
_INFO = struct.Struct("=B3xIQQ7Q")
_WALL = 0x40000000
_HERE = -100

# Where user_regs_struct (sys/user.h) has the number of the call, its result and its arguments.
_NUMBER, _RESULT = 15 * 8, 10 * 8
_ARGUMENTS = [at * 8 for at in (14, 13, 12, 7, 9, 8)]

# The calls about files: number, name, and what each argument is: a (d)escriptor, a (p)ath, the
# folder (@) that the path after it starts from, or anything else (.). `asm/unistd_64.h` has them.
_CALLS = """
0 read d; 1 write d; 2 open p; 3 close d; 4 stat p; 5 fstat d; 6 lstat p; 8 lseek d;
9 mmap ....d; 16 ioctl d; 17 pread64 d; 18 pwrite64 d; 19 readv d; 20 writev d; 21 access p;
40 sendfile dd; 72 fcntl d; 73 flock d; 74 fsync d; 75 fdatasync d; 76 truncate p;
77 ftruncate d; 82 rename pp; 83 mkdir p; 84 rmdir p; 85 creat p; 86 link pp; 87 unlink p;
88 symlink .p; 89 readlink p; 90 chmod p; 91 fchmod d; 137 statfs p; 138 fstatfs d;
217 getdents64 d; 221 fadvise64 d; 257 openat @p; 258 mkdirat @p; 262 newfstatat @p;
263 unlinkat @p; 264 renameat @p@p; 265 linkat @p@p; 267 readlinkat @p; 268 fchmodat @p;
269 faccessat @p; 277 sync_file_range d; 280 utimensat @p; 285 fallocate d; 295 preadv d;
296 pwritev d; 316 renameat2 @p@p; 326 copy_file_range d.d; 327 preadv2 d; 328 pwritev2 d;
332 statx @p; 439 faccessat2 @p
"""
CALLS = {
    int(number): (name, kinds)
    for number, name, kinds in (entry.split() for entry in _CALLS.split(";"))
}


class Kill:
    """End the process that makes the call, all of its threads, before it is made."""


@dataclass(frozen=True)
class Refuse:
    """Do not make the call: it fails with this number of `errno`."""

    errno: int


@dataclass(frozen=True)
class Spoil:
    """Make the call, and report that it failed with this number of `errno`."""

    errno: int


@dataclass(frozen=True)
class Cut:
    """Make the call with another count of bytes, which is its third argument."""

    count: int


Verdict = Kill | Refuse | Spoil | Cut | None


class Watcher:
    """What is done about the calls of a process; this one lets all of them pass."""

    def entering(self, call: Call) -> Verdict:
        """Decide about a call that is not made yet."""
        return None

    def left(self, call: Call, result: int) -> None:
        """See what came of a call: what it returned, or minus the number of the error."""


class Call:
    """A system call of the thread `thread`; to be looked at while the thread stands in it."""

    def __init__(self, thread: int, number: int, arguments: tuple[int, ...]) -> None:
        self.thread = thread
        self.arguments = arguments
        self.name, self._kinds = CALLS.get(number, (f"call {number}", ""))

    @cached_property
    def paths(self) -> list[str]:
        """The absolute paths of the files that its arguments name, open ones included."""
        found = []
        for at, kind in enumerate(self._kinds):
            if kind == "d" and self.signed(at) >= 0:
                found.append(self._link(f"fd/{self.signed(at)}"))
            elif kind == "p":
                base = self.signed(at - 1) if at and self._kinds[at - 1] == "@" else _HERE
                folder = self._link("cwd" if base == _HERE else f"fd/{base}")
                found.append(os.path.normpath(os.path.join(folder, self._text(at))))
        return found

    @property
    def process(self) -> int:
        """The process that the thread belongs to."""
        text = Path(f"/proc/{self.thread}/status").read_text()
        return int(text.partition("\nTgid:")[2].split()[0])

    def touches(self, root: Path) -> bool:
        """Whether it is about `root` or anything below."""
        return any(f"{path}/".startswith(f"{root}/") for path in self.paths)

    def signed(self, at: int) -> int:
        """An argument as a C int."""
        return ctypes.c_int(self.arguments[at] & 0xFFFFFFFF).value

    def memory(self, address: int, size: int) -> bytes:
        """What the process has in its memory."""
        with open(f"/proc/{self.thread}/mem", "rb", buffering=0) as file:
            return os.pread(file.fileno(), size, address)

    def change_memory(self, address: int, content: bytes) -> None:
        """Write to the memory of the process."""
        with open(f"/proc/{self.thread}/mem", "r+b", buffering=0) as file:
            os.pwrite(file.fileno(), content, address)

    def file(self) -> tuple[int, int]:
        """The position and the flags of the open file that is its first argument."""
        text = Path(f"/proc/{self.thread}/fdinfo/{self.signed(0)}").read_text()
        fields = dict(line.split(":", 1) for line in text.splitlines())
        return int(fields["pos"]), int(fields["flags"], 8)

    def _link(self, name: str) -> str:
        try:
            return os.readlink(f"/proc/{self.thread}/{name}").removesuffix(" (deleted)")
        except FileNotFoundError:
            return ""

    def _text(self, at: int) -> str:
        text, address = b"", self.arguments[at]
        while address and b"\0" not in text:
            # Not across the end of a page: the next one need not be there.
            text += self.memory(address + len(text), 4096 - (address + len(text)) % 4096)
        return os.fsdecode(text.split(b"\0")[0])


def trace(work: Callable[[], object], watcher: Watcher) -> int:
    """Do `work` in a forked child under the eyes of `watcher`; return its exit status.

    The status is negative for a signal, as that of `subprocess`. The caller has one thread and
    no other children.
    """
    child = os.fork()
    if not child:
        _be_traced(work)
    return _Tracing(child, watcher).run()


def _be_traced(work: Callable[[], object]) -> None:
    try:
        _ptrace(_TRACEME, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        work()
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


class _Tracing:
    """A child that is traced, with all threads and processes that it starts."""

    def __init__(self, child: int, watcher: Watcher) -> None:
        self._child = child
        self._watcher = watcher
        self._calls: dict[int, tuple[Call, Verdict]] = {}
        self._known: set[int] = {child}

    def run(self) -> int:
        _, status = os.waitpid(self._child, 0)
        assert os.WIFSTOPPED(status), f"the child is not traced: status {status}"
        _ptrace(_SETOPTIONS, self._child, 0, _OPTIONS)
        _resume(self._child, 0)
        result = 0
        while self._known:
            thread, status = os.waitpid(-1, _WALL)
            if os.WIFSTOPPED(status):
                _resume(thread, self._stopped(thread, status))
                continue
            self._known.discard(thread)
            if thread == self._child:
                result = os.waitstatus_to_exitcode(status)
        return result

    def _stopped(self, thread: int, status: int) -> int:
        """Deal with a stop; return the signal that the thread gets."""
        is_new = thread not in self._known
        self._known.add(thread)
        caught = os.WSTOPSIG(status)
        if caught == _AT_SYSCALL:
            self._at_call(thread)
            return 0
        if status >> 16 or (is_new and caught == signal.SIGSTOP):
            return 0
        return caught

    def _at_call(self, thread: int) -> None:
        buffer = ctypes.create_string_buffer(_INFO.size)
        try:
            _ptrace(_GET_SYSCALL_INFO, thread, _INFO.size, ctypes.addressof(buffer))
            kind, _, _, _, *values = _INFO.unpack(buffer.raw)
            if kind == _ENTRY:
                self._entering(Call(thread, values[0], tuple(values[1:])))
            elif kind == _EXIT and thread in self._calls:
                result = ctypes.c_long(values[0]).value
                self._left(*self._calls.pop(thread), result)
        except (ProcessLookupError, FileNotFoundError):
            pass  # another thread's end has taken it along

    def _entering(self, call: Call) -> None:
        verdict = self._watcher.entering(call)
        self._calls[call.thread] = call, verdict
        match verdict:
            case Kill():
                os.kill(call.process, signal.SIGKILL)
            case Refuse():
                _ptrace(_POKEUSER, call.thread, _NUMBER, -1)
            case Cut(count):
                _ptrace(_POKEUSER, call.thread, _ARGUMENTS[2], count)

    def _left(self, call: Call, verdict: Verdict, result: int) -> None:
        if isinstance(verdict, Refuse | Spoil):
            result = -verdict.errno
            _ptrace(_POKEUSER, call.thread, _RESULT, result)
        self._watcher.left(call, result)


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long] * 4


def _ptrace(request: int, thread: int, address: int, data: int) -> None:
    if _libc.ptrace(request, thread, address, data) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace: {os.strerror(number)}")


def _resume(thread: int, caught: int) -> None:
    try:
        _ptrace(_SYSCALL, thread, 0, caught)
    except ProcessLookupError:
        pass  # it was killed meanwhile, and waitpid will tell
