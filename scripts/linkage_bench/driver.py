"""One linkage run in a process of its own, with its time and memory; and other work apart from the benchmark's process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

from roster_bench.driver import ServerMemory, peak_memory
from roster_bench.server import Cluster

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """One run: seconds, what `link` returned, and bytes of memory at most: of the process and of one of the server."""

    seconds: float
    counts: dict[str, int]
    worker_peak: int
    server_peak: int


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
    with ServerMemory(cluster) as server:
        seconds, counts, peak = apart(_link, environment(cluster, database, home), slug)
    return Outcome(seconds, counts, peak, server.peak)


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
