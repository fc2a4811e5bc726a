"""Run one server as a child, and take it down when the program that wanted it is gone.

Started by path as a process of its own (``python -I -S guard.py SPEC``), so it has a single thread: forking is safe,
and the kernel's parent-death signal, which follows the parent's *thread*, follows this process. Standard library only.

The server, while it lives, has two safety lines: if the owner disappears (even by ``kill -9``), the guard notices that
its own parent changed and stops the server properly; if the guard disappears, the kernel signals the server.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522
OWNER_CHECK_SECONDS = 0.5
COULD_NOT_RUN = 127


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def descendants(pid: int) -> list[int]:
    """List the processes below ``pid``, parents first; nothing where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name in brackets may hold spaces: read from the last bracket on.
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = list(children.get(pid, ()))
    while waiting:
        child = waiting.pop(0)
        found.append(child)
        waiting.extend(children.get(child, ()))
    return found


def signal_tree(pid: int, signal_number: int) -> None:
    """Send a signal to ``pid`` and to all below it, the top first so that it starts no more."""
    # Looked up before the top is signalled: a child of a dead process is nobody's descendant.
    family = [pid, *descendants(pid)]
    for member in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal_number)


def _become(user_id: int, group_id: int) -> None:
    """Turn root into an unprivileged user that can still walk through folders closed to it.

    PostgreSQL refuses to run as root, yet its files may lie below a folder only root can enter (a home, a test's
    temporary folder). One capability, to read and traverse, is kept for that; where it cannot be had, the user
    simply goes without.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # Without this bit access(2) would ignore the capability, and PostgreSQL asks access(2) about its own binary.
    keeps = libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0
    os.setgroups([])
    os.setresgid(group_id, group_id, group_id)
    os.setresuid(user_id, user_id, user_id)
    if not keeps:
        return
    header = _CapHeader(LINUX_CAPABILITY_VERSION_3, 0)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        data = (_CapData * 2)()
        data[0].effective = data[0].permitted = data[0].inheritable = 1 << capability
        if libc.capset(ctypes.byref(header), data) == 0:
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)
            return
    libc.capset(ctypes.byref(header), (_CapData * 2)())


def _exec(spec: dict[str, Any], guard_pid: int) -> NoReturn:
    """Replace this freshly forked process by the server."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    if spec["run_as"] is not None:
        _become(*spec["run_as"])
    if sys.platform == "linux":
        # After the change of user: that clears the setting.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, spec["orphan_signal"], 0, 0, 0)
        if os.getppid() != guard_pid:
            os._exit(COULD_NOT_RUN)
    command = spec["command"]
    os.execv(command[0], command)  # noqa: S606


def _watch(child: int, spec: dict[str, Any], wake: int) -> int:
    """Wait for the server to end, ending it when the owner is gone or asks; return its wait status."""
    asked_at: float | None = None
    killed = False
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid == child:
            return status
        asked = _asked.is_set or os.getppid() != spec["owner"]
        if asked and asked_at is None:
            asked_at = time.monotonic()
            os.kill(child, spec["stop_signal"])
            signal_tree(child, signal.SIGCONT)
        if asked_at is not None and not killed and time.monotonic() - asked_at > spec["grace_seconds"]:
            killed = True
            signal_tree(child, signal.SIGKILL)
        if select.select([wake], [], [], OWNER_CHECK_SECONDS)[0]:
            os.read(wake, 512)


class _Asked:
    """Remember that someone asked the guard itself to end."""

    is_set = False


_asked = _Asked()


def _on_signal(number: int, _frame: object) -> None:
    if number == signal.SIGTERM:
        _asked.is_set = True


def main() -> int:
    """Start the server, tell its pid to the owner, and stay until it has ended."""
    spec = json.loads(sys.argv[1])
    os.set_inheritable(spec["report_fd"], False)  # noqa: FBT003 (positional-only)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, _on_signal)
    signal.signal(signal.SIGTERM, _on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    guard_pid = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            _exec(spec, guard_pid)
        except OSError as error:
            os.write(2, f"could not run {spec['command'][0]}: {error}\n".encode())
            os._exit(COULD_NOT_RUN)
    os.write(spec["report_fd"], str(child).encode())
    os.close(spec["report_fd"])
    code = os.waitstatus_to_exitcode(_watch(child, spec, wake_read))
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
