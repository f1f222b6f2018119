"""Airflow's scheduler with the modules that tasks need imported once, before LocalExecutor forks its workers.

Each task runs in a process forked from a worker. Whatever the worker has imported, the task has already; without this
every task of a commune would import the database drivers, pandas and the project itself anew, and every group of checks
Great Expectations (two seconds). Run as `python -m sangloc.stack.scheduler` with the arguments of `airflow scheduler`.
"""

from __future__ import annotations

import importlib
import sys

# Polars is left out: its threads do not survive a fork.
NEEDED_BY_TASKS = (
    "airflow.sdk.execution_time.task_runner",
    "airflow.sdk.definitions.asset.metadata",
    "airflow.sdk.definitions.decorators",
    "airflow.sdk.definitions.retry_policy",
    "airflow.dag_processing.bundles.local",
    "airflow.dag_processing.dagbag",
    "airflow.providers.postgres.assets.postgres",
    "airflow.providers.postgres.hooks.postgres",
    "airflow.providers.standard.operators.hitl",
    "airflow.providers.standard.operators.trigger_dagrun",
    "sqlalchemy.dialects.postgresql.psycopg",
    "great_expectations",
    "holidays.countries",
    "jinja2.ext",
    "pandas",
    "sangloc.audit",
    "sangloc.deadlines.airflow",
    "sangloc.exams",
    "sangloc.intake",
    "sangloc.linkage",
    "sangloc.planning",
    "sangloc.provinces",
    "sangloc.quality",
    "sangloc.reporting",
    "sangloc.roster",
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
