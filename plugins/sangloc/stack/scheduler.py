"""Airflow's scheduler with the modules that tasks need imported once, before LocalExecutor forks its workers.

Each task runs in a process forked from a worker. Whatever the worker has imported, the task has already; without this
every task of a commune would import the database drivers and pandas anew. Run as `python -m sangloc.stack.scheduler`
with the arguments of `airflow scheduler`.
"""

from __future__ import annotations

import importlib
import sys

# Polars is left out: its threads do not survive a fork.
NEEDED_BY_TASKS = (
    "airflow.sdk.execution_time.task_runner",
    "airflow.dag_processing.dagbag",
    "airflow.providers.postgres.hooks.postgres",
    "airflow.providers.standard.operators.hitl",
    "sqlalchemy.dialects.postgresql.psycopg",
    "pandas",
    "sangloc.audit",
    "sangloc.provinces",
    "sangloc.warehouse",
)


def main() -> None:
    """Import, then become the scheduler."""
    from airflow.__main__ import main as airflow

    for name in NEEDED_BY_TASKS:
        importlib.import_module(name)
    sys.argv = ["airflow", "scheduler", *sys.argv[1:]]
    airflow()


if __name__ == "__main__":
    main()
