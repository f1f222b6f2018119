"""One linkage run in a process of its own, with its time and memory; and other work apart from the benchmark's process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

import psutil  # type: ignore[import-untyped]
from roster_bench.driver import peak_memory
from roster_bench.server import Cluster

from sangloc.stack import postgres

T = TypeVar("T")
SAMPLED_EVERY = 0.05


@dataclass(frozen=True)
class Outcome:
    """One run: seconds, what `link` returned, and bytes of memory at most.

    `worker_peak` is the worker's, `server_peak` what the server's processes had together besides the buffers they share, and
    `peak` the most that both had at one time.
    """

    seconds: float
    counts: dict[str, int]
    worker_peak: int
    server_peak: int
    peak: int


def environment(cluster: Cluster, database: str, home: str) -> dict[str, str]:
    """The variables of a worker."""
    return {
        "SANGLOC_HOME": home,
        "SANGLOC_NOW": "2026-11-21T08:00:00+07:00",
        **{f"AIRFLOW_CONN_SANGLOC_{role.upper()}": cluster.url(role, database, "postgres") for role in ("loader", "report")},
    }


def apart(work: Callable[..., T], *arguments: object) -> T:
    """The result of `work` in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def run_link(cluster: Cluster, database: str, home: str, slug: str) -> Outcome:
    """Link a province; modules are imported and the database has answered when the clock starts, as in a worker that lives."""
    with _Memory(cluster) as memory:
        seconds, counts, peak = apart(_link, environment(cluster, database, home), slug)
    return Outcome(seconds, counts, peak, memory.server, memory.together)


class _Memory:
    """The most memory that the server's processes (resident less shared) and the worker had while it is entered."""

    def __init__(self, cluster: Cluster) -> None:
        self.server = self.together = 0
        self._parent = postgres.running(cluster.home)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while self._parent and not self._stop.wait(SAMPLED_EVERY):
            server = _private(self._parent.children())
            self.server = max(self.server, server)
            self.together = max(self.together, server + _private(psutil.Process().children(), shared=True))


def _private(processes: list[Any], shared: bool = False) -> int:
    total = 0
    for process in processes:
        try:
            memory = process.memory_info()
        except psutil.Error:
            continue
        total += memory.rss - (0 if shared else getattr(memory, "shared", 0))
    return total


def _link(variables: Mapping[str, str], slug: str) -> tuple[float, dict[str, Any], int]:
    os.environ.update(variables)
    import duckdb  # noqa: F401
    import polars  # noqa: F401
    import splink
    from sqlalchemy import text

    from sangloc.linkage import link
    from sangloc.warehouse import kept_open, transaction

    _ = splink.Linker
    with kept_open():
        with transaction() as connection:
            connection.execute(text("SELECT 1"))
        begun = time.perf_counter()
        counts = link(slug, "bench")
        seconds = time.perf_counter() - begun
    return seconds, counts, peak_memory()
