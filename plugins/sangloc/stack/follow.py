"""Following runs in the running Airflow until they have ended, answering approvals on the way when asked to."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sangloc.stack.api import Airflow
from sangloc.stack.progress import Display

_FINISHED = {"success", "failed", "skipped", "upstream_failed", "removed"}
_BAD = {"failed", "upstream_failed"}
_PAUSE = 1.0


@dataclass(frozen=True)
class Run:
    """One run of a DAG."""

    dag_id: str
    run_id: str


def follow(
    airflow: Airflow, runs: Iterable[Run], display: Display, per_task: bool, officer: Airflow | None = None
) -> list[Run]:
    """Show runs until all have ended.

    Args:
        per_task: one counter for each task (its mapped instances counted) instead of one for each run.
        officer: answers, affirmatively, every approval that these runs' DAGs ask for; without one they wait for a person. A run
            that a timetable started a moment before holds up ours.

    Returns:
        The runs that did not succeed.
    """
    left, failed = list(runs), []
    while left:
        if officer:
            _answer(officer, left, display)
        for run in list(left):
            state = airflow.run(run.dag_id, run.run_id)["state"]
            tasks = airflow.tasks(run.dag_id, run.run_id)
            _show(run, state, tasks, display, per_task)
            if state in ("success", "failed"):
                left.remove(run)
                if state == "failed":
                    failed.append(run)
        if left:
            time.sleep(_PAUSE)
    return failed


def _answer(officer: Airflow, runs: list[Run], display: Display) -> None:
    for approval in officer.approvals([run.dag_id for run in runs]):
        dag_id = approval["task_instance"]["dag_id"]
        display.say(f"  {dag_id} asks: {approval['subject']} → {officer.answer(approval, yes=True)}")


def _show(run: Run, state: str, tasks: list[dict[str, Any]], display: Display, per_task: bool) -> None:
    outcome = {"success": "done", "failed": "failed"}.get(state, "running")
    if not per_task:
        states = Counter(task["state"] for task in tasks)
        done = sum(states[name] for name in _FINISHED)
        running = sorted({task["task_id"] for task in tasks if task["state"] in ("running", "awaiting_input")})
        display.count(f"{run}", run.dag_id, done, len(tasks), outcome, ", ".join(running) if outcome == "running" else "")
        return
    by_task: dict[str, list[dict[str, Any]]] = {}
    for task in sorted(tasks, key=lambda task: str(task["start_date"] or "~")):
        by_task.setdefault(task["task_id"], []).append(task)
    for name, instances in by_task.items():
        states = Counter(task["state"] for task in instances)
        done = sum(states[name] for name in _FINISHED)
        bad = sum(states[name] for name in _BAD)
        if bad and (done == len(instances) or outcome == "failed"):
            task_outcome = "failed"
        else:
            task_outcome = "done" if done == len(instances) else "running"
        waiting = {"awaiting_input": "waits for a person", "up_for_retry": "waits for its next try"}
        notes = [f"{states['failed']} failed"] if states["failed"] else []
        notes += [f"{states['upstream_failed']} not run: an earlier task failed"] if states["upstream_failed"] else []
        notes += ["skipped"] if states["skipped"] == len(instances) else []
        notes += [text for value, text in waiting.items() if states[value]]
        if any(task["state"] for task in instances):
            display.count(f"{run}{name}", name, done, len(instances), task_outcome, ", ".join(notes))


def explain(airflow: Airflow, run: Run) -> str:
    """Which tasks of a failed run failed, and where to read why."""
    lines = [f"run {run.run_id} of {run.dag_id} failed"]
    tasks = airflow.tasks(run.dag_id, run.run_id)
    failed = [task for task in tasks if task["state"] == "failed"]
    for task in failed[:10]:
        where = f" [{task['rendered_map_index'] or task['map_index']}]" if task["map_index"] >= 0 else ""
        log = _log(airflow.home, run, task)
        lines.append(f"  {task['task_id']}{where}, try {task['try_number']}: {_reason(log)}{log}")
    if len(failed) > 10:
        lines.append(f"  … and {len(failed) - 10} more")
    if not failed:
        lines.append(f"  no task failed by itself; see {airflow.home}/logs/scheduler.log")
    lines.append(f"  {airflow.address}/dags/{run.dag_id}/runs/{urllib.parse.quote(run.run_id)}")
    return "\n".join(lines)


def _log(home: Path, run: Run, task: dict[str, Any]) -> Path:
    folder = home / "airflow" / "logs" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}" / f"task_id={task['task_id']}"
    if task["map_index"] >= 0:
        folder /= f"map_index={task['map_index']}"
    return folder / f"attempt={task['try_number']}.log"


def _reason(log: Path) -> str:
    """The message of the error the task ended with, from its log; what leaves a task's guard holds no person's data."""
    try:
        records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if '"error_detail"' in line]
        error = records[-1]["error_detail"][-1]
        return f"{error['exc_value']}\n    "
    except (OSError, ValueError, LookupError, TypeError):
        return ""
