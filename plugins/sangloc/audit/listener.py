"""Airflow's listener: runs in the task's own process, before and after the work."""

from __future__ import annotations

from typing import Any

from airflow.listeners import hookimpl

from sangloc import clock
from sangloc.audit.facts import collect, reset
from sangloc.audit.ledger import Event, append, code_version
from sangloc.warehouse import allow


@hookimpl
def on_task_instance_running(previous_state: Any, task_instance: Any) -> None:
    """A try begins: its database sessions may take as long as the task itself."""
    reset()
    allow(getattr(getattr(task_instance, "task", None), "execution_timeout", None))


@hookimpl
def on_task_instance_success(previous_state: Any, task_instance: Any) -> None:
    """A try ended well."""
    _record(task_instance, "success", {})


@hookimpl
def on_task_instance_skipped(previous_state: Any, task_instance: Any) -> None:
    """A try found nothing to do."""
    _record(task_instance, "skipped", {})


@hookimpl
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: Any) -> None:
    """A try failed; the error's type is recorded, its text stays in the task's log."""
    _record(task_instance, "failed", {"error": type(error).__name__ if isinstance(error, BaseException) else "unknown"})


def _record(task_instance: Any, outcome: str, extra: dict[str, Any]) -> None:
    # The API server also calls listeners, for states set by hand; those events have no task object and are marked.
    by_hand = getattr(task_instance, "task", None) is None
    append(
        Event(
            happened_at=clock.now(),
            dag_id=task_instance.dag_id,
            task_id=task_instance.task_id,
            map_index=task_instance.map_index if task_instance.map_index is not None else -1,
            run_id=task_instance.run_id,
            try_number=task_instance.try_number,
            outcome=f"{outcome} (set by hand)" if by_hand else outcome,
            actor="user" if by_hand else "airflow",
            code_version=code_version(),
            facts=collect() | extra,
        )
    )
