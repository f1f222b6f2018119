"""What Airflow adds: the same refreshes as mapped tasks of the real DAG, and from plain processes on the same server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from roster_bench.driver import environment, refresh
from roster_bench.inputs import SLUG, Files
from roster_bench.server import EMPTY, RUN, Cluster, of_stack
from sangloc.stack import postgres
from sangloc.stack.api import Airflow, wait_until

DAG_ID, TASK = f"{SLUG}__roster_refresh", "refresh"
WORKS = {"first": "first load", "again": "the same files again", "month": "a month's refresh"}
_PATIENCE, _SETTLING = 240.0, 30.0


@dataclass(frozen=True)
class Cost:
    """One piece of work, in seconds: over Airflow (from the run's start to the end of its last mapped task), by one
    process, by two processes."""

    work: str
    airflow: float
    one: float
    two: float

    def per_task(self, tasks: int) -> tuple[float, float]:
        """What a mapped task adds: against two processes, which have both cores as Airflow has; against one."""
        return (self.airflow - self.two) / tasks, (self.airflow - self.one) / tasks


def measure(files: Files, codes: list[str], work: Path) -> list[Cost]:
    """Start a stack of its own in `work`, run the DAG three times, repeat the same work without Airflow, and stop it.

    Args:
        codes: the communes in the order in which plain processes take them.
    """
    home = work / "stack"
    try:
        _sangloc(home, files.clock("first"), "up")
        airflow = Airflow(home)
        if not wait_until(lambda: any(dag["dag_id"] == DAG_ID for dag in airflow.dags()), _PATIENCE, pause=2.0):
            raise RuntimeError(f"Airflow has not read {DAG_ID} within {_PATIENCE:.0f} s")
        airflow.unpause(DAG_ID)
        cluster, walls = of_stack(home), []
        for kind in WORKS:
            if kind == "month":
                cluster.settle(postgres.WAREHOUSE)
                # Another day: the components are started anew with it, and read the DAGs again.
                _sangloc(home, _now(files, kind), "up")
                time.sleep(_SETTLING)
            files.land(kind, home / "landing")
            walls.append(_through(airflow, len(codes)))
        if problems := cluster.wrong(postgres.WAREHOUSE, files, "month"):
            raise RuntimeError(f"the roster is wrong after the runs over Airflow: {'; '.join(problems)}")
        one, two = (_without(cluster, files, codes, work, workers) for workers in (1, 2))
    finally:
        _sangloc(home, files.clock("first"), "down", check=False)
        postgres.stop(home)
    return [Cost(*figures) for figures in zip(WORKS.values(), walls, one, two, strict=True)]


def _now(files: Files, kind: str) -> str:
    return files.clock("month" if kind == "month" else "first")


def _sangloc(home: Path, now: str, *arguments: str, check: bool = True) -> None:
    """`sangloc <arguments>` with the stack in `home`."""
    variables = {**os.environ, "SANGLOC_HOME": str(home), "SANGLOC_NOW": now, "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("sangloc")), *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"sangloc {' '.join(arguments)} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")


def _through(airflow: Airflow, tasks: int) -> float:
    """Run the DAG once; seconds from its start to the end of the last mapped task."""
    run_id = airflow.trigger(DAG_ID)
    while (run := airflow.run(DAG_ID, run_id))["state"] not in ("success", "failed"):
        time.sleep(2)
    cells = [cell for cell in airflow.tasks(DAG_ID, run_id) if cell["task_id"] == TASK]
    if run["state"] != "success" or len(cells) != tasks:
        raise RuntimeError(f"the run of {DAG_ID} ended as {run['state']} with {len(cells)} mapped tasks, expected {tasks}")
    end = max(datetime.fromisoformat(cell["end_date"]) for cell in cells)
    return (end - datetime.fromisoformat(run["start_date"])).total_seconds()


def _without(cluster: Cluster, files: Files, codes: list[str], work: Path, workers: int) -> list[float]:
    """The same pieces of work from plain processes, in a database of their own on the same server."""
    own = work / f"processes-{workers}"
    cluster.create_empty()
    cluster.create(RUN, EMPTY)
    seconds = []
    for kind in WORKS:
        files.land(kind, own / "landing")
        if kind == "month":
            cluster.settle(RUN)
        cluster.checkpoint()
        outcome = refresh(cluster, codes, environment(cluster, own, _now(files, kind)), f"bench_{kind}", workers)
        seconds.append(outcome.seconds)
    cluster.drop(RUN, EMPTY)
    return seconds
