"""Starting, finding and stopping the processes of one stack.

A process belongs to a stack when its working folder is that stack's `run/` folder or its environment names the stack.
Every component starts there and its children inherit both, so that a process is found even when its parent was killed,
when it changed its title (which wipes its environment) or when it left its process group. Airflow's workers hide both
from an ordinary user (they are not dumpable); they are known by the session of the component that they came from.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

MARKER = "SANGLOC_STACK"

# Components that this very process started: they stay zombies until it asks for their exit status.
_children: list[subprocess.Popen[bytes]] = []


def folder(home: Path) -> Path:
    """The working folder that marks the processes of the stack in `home`."""
    return home / "run"


def start(home: Path, name: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start a component in a session of its own, its output in `<home>/logs/<name>.log`.

    Returns:
        Its process id.
    """
    with (home / "logs" / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder(home),
            env={**environment, MARKER: str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    _children.append(process)
    with (folder(home) / "sessions").open("a") as sessions:
        sessions.write(f"{process.pid} {started_at(process.pid) or time.time()}\n")
    return process.pid


def started_at(pid: int) -> float | None:
    """When process `pid` started (seconds since the epoch), or None when it does not run."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except psutil.Error:
        return None


def of_stack(home: Path) -> list[psutil.Process]:
    """Every running process of the stack in `home`, whoever its parent is now. PostgreSQL is not among them."""
    mark, own, sessions = str(folder(home)), os.getpid(), _sessions(home)
    found = []
    for process in psutil.process_iter():
        if process.pid == own:
            continue
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            since = sessions.get(os.getsid(process.pid))
            ours = since is not None and process.create_time() >= since and process.uids().real == os.getuid()
            if ours or process.cwd() == mark or process.environ().get(MARKER) == str(home):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _sessions(home: Path) -> dict[int, float]:
    """The sessions of all components started since the last `stop`, with the time each began.

    A session's number is not given to another process while a member lives. One that a foreign process leads now is
    not ours any more, nor is one from before the machine's last start.
    """
    try:
        lines = (folder(home) / "sessions").read_text().splitlines()
    except FileNotFoundError:
        return {}
    begun = {int(pid): float(since) for pid, since in (line.split() for line in lines)}
    return {pid: since for pid, since in begun.items() if since >= psutil.boot_time() and started_at(pid) in (None, since)}


def kill_strays(home: Path, keep: Iterable[int]) -> None:
    """Kill the processes of the stack in `home` that are neither among `keep` nor descend from one of them."""
    kept = set(keep)
    for process in of_stack(home):
        try:
            family = {process.pid, *(parent.pid for parent in process.parents())}
        except psutil.NoSuchProcess:
            continue
        if not family & kept:
            _send(process, signal.SIGKILL)
    _reap()


def terminate(pids: Iterable[int], patience: float = 5.0) -> None:
    """Ask processes to end, wait for them at most `patience` seconds, then kill them."""
    asked = [psutil.Process(pid) for pid in pids if started_at(pid) is not None]
    for process in asked:
        _send(process, signal.SIGTERM)
    _wait_while(lambda: any(process.is_running() and started_at(process.pid) for process in asked), patience)
    for process in asked:
        _send(process, signal.SIGKILL)
    _reap()


def stop(home: Path, leaders: Iterable[int], patience: float = 10.0) -> int:
    """Stop every process of the stack in `home`: ask the components, then kill whatever is left.

    Args:
        leaders: process ids of the components, asked first so that they can end their own children in order.
        patience: seconds they have for that.

    Returns:
        How many processes had to be killed.
    """
    asked = set(leaders)
    for process in of_stack(home):
        if process.pid in asked:
            _send(process, signal.SIGTERM)
    _wait_while(lambda: any(process.pid in asked for process in of_stack(home)), patience)
    killed = 0
    # A process may fork while it is being killed: look again until none is found.
    while left := of_stack(home):
        for process in left:
            killed += 1
            _send(process, signal.SIGKILL)
        _reap()
        time.sleep(0.05)
    (folder(home) / "sessions").unlink(missing_ok=True)
    return killed


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _wait_while(condition: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while condition() and time.monotonic() < deadline:
        _reap()
        time.sleep(0.1)


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for a message."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:])
