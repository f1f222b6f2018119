"""Refreshing many communes from a few worker processes, as Airflow's workers do, with time and memory."""

from __future__ import annotations

import os
import queue
import resource
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from roster_bench.inputs import SLUG
from roster_bench.server import RUN, Cluster
from sangloc.stack import postgres

_SAMPLED_EVERY = 0.2


@dataclass(frozen=True)
class Outcome:
    """One refresh of all communes.

    `counts` are the sums of what `refresh_commune` returned. Memory in bytes: the largest peak of a worker, what a
    worker takes before its first commune, and the largest private memory of a server process.
    """

    seconds: float
    counts: dict[str, int]
    worker_peak: int
    worker_start: int
    server_peak: int


def environment(cluster: Cluster, work: Path, now: str) -> dict[str, str]:
    """The variables of a worker: the run's database, landing zone, state folder and clock."""
    return {
        "SANGLOC_NOW": now,
        "SANGLOC_HOME": str(work / "home"),
        "SANGLOC_LANDING": str(work / "landing"),
        "AIRFLOW_HOME": str(work / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        **{
            f"AIRFLOW_CONN_SANGLOC_{role.upper()}": cluster.url(role, RUN, "postgres") for role in ("loader", "report")
        },
    }  # fmt: skip


def refresh(cluster: Cluster, codes: Sequence[str], variables: Mapping[str, str], run_id: str, workers: int = 2) -> Outcome:
    """Refresh `codes` in this order, each by whichever worker is free, and wait for all.

    The workers have their modules imported and have talked to the database when the clock starts: Airflow's workers
    live on, and what a task costs to start is measured over Airflow itself.

    Raises:
        RuntimeError: when a commune's refresh fails or a worker dies; the others are stopped.
    """
    context = get_context("spawn")
    tasks, results, begin = context.Queue(), context.Queue(), context.Event()
    for code in (*codes, *[None] * workers):
        tasks.put(code)
    processes = [
        context.Process(target=_work, args=(dict(variables), run_id, tasks, results, begin), daemon=True)
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        inbox = _Inbox(results, processes)
        started = inbox.take("ready", workers)
        server = _ServerMemory(cluster)
        with server:
            clock = time.perf_counter()
            begin.set()
            done = inbox.take("done", len(codes))
            seconds = time.perf_counter() - clock
        peaks = inbox.take("end", workers)
        for process in processes:
            process.join()
    finally:
        for process in processes:
            process.kill()
    counts: Counter[str] = Counter()
    for result in done:
        counts.update(result)
    return Outcome(seconds, dict(counts), max(peaks), max(started), server.peak)


class _Inbox:
    """What the workers report, each kind in its own order."""

    def __init__(self, results: Queue[tuple[str, Any]], processes: Sequence[Any]) -> None:
        self._results, self._processes = results, processes
        self._waiting: defaultdict[str, list[Any]] = defaultdict(list)

    def take(self, kind: str, count: int) -> list[Any]:
        """The first `count` reports of a kind, as soon as they have arrived."""
        while len(self._waiting[kind]) < count:
            try:
                found, content = self._results.get(timeout=1)
            except queue.Empty:
                if any(process.exitcode for process in self._processes):
                    raise RuntimeError("a worker process died; was there enough memory?") from None
                continue
            if found == "error":
                raise RuntimeError(content)
            self._waiting[found].append(content)
        return self._waiting[kind][:count]


def _work(
    variables: dict[str, str], run_id: str, tasks: Queue[str | None], results: Queue[tuple[str, Any]], begin: Event
) -> None:
    """A worker's life: get ready, refresh communes until none is left, tell its peak memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(variables)
    os.umask(0o077)
    code: str | None = None
    try:
        import polars  # noqa: F401
        from sqlalchemy import text

        from sangloc import audit
        from sangloc.guard import guarded
        from sangloc.roster.refresh import refresh_commune
        from sangloc.warehouse import kept_open, transaction

        with kept_open():
            with transaction() as connection:
                connection.execute(text("SELECT 1"))
            results.put(("ready", peak_memory()))
            begin.wait()
            while code := tasks.get():
                audit.reset()
                results.put(("done", guarded(refresh_commune)(SLUG, code, run_id)))
        results.put(("end", peak_memory()))
    except Exception as error:
        # Messages that leave the guard hold no person's data.
        results.put(("error", f"{code or 'start of a worker'}: {type(error).__name__}: {error}"))


def peak_memory() -> int:
    """The largest resident size this process ever had, in bytes."""
    try:
        # A new program inherits ru_maxrss from the process that started it; VmHWM is its own.
        status = Path("/proc/self/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


class _ServerMemory:
    """The largest private memory (resident less shared) of any process of the server while it is entered."""

    def __init__(self, cluster: Cluster) -> None:
        self.peak = 0
        self._parent = postgres.running(cluster.home)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while self._parent and not self._stop.wait(_SAMPLED_EVERY):
            for process in self._parent.children():
                try:
                    memory = process.memory_info()
                except psutil.Error:
                    continue
                self.peak = max(self.peak, memory.rss - getattr(memory, "shared", 0))
