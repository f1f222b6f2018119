"""Airflow's public REST API, as one of the stack's users."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sangloc.errors import ConfigurationError, SanglocError
from sangloc.stack import files
from sangloc.stack.environment import ui_url

PAGE = 1000
OPEN_STATES = ("queued", "running")
# An answer within the scheduler's next loop overtakes its news that the asking process has ended; Airflow 3.3.2 then
# takes that end for the end of the resumed task and fails it ("state attribute is queued"). No person is that quick.
_SETTLED = 6.0
# How long an answer may take, in seconds.
_PATIENCE = 60.0


def _answer(request: urllib.request.Request) -> tuple[bytes, int]:
    """The body and the status of an answer; a question is asked twice.

    A machine that slept wakes up with every wait run out, although Airflow would answer.
    """
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as response:
            return response.read(), response.status
    except OSError as error:
        if request.get_method() != "GET" or not isinstance(getattr(error, "reason", error), TimeoutError):
            raise
    with urllib.request.urlopen(request, timeout=_PATIENCE) as response:
        return response.read(), response.status


class Airflow:
    """A client of the running Airflow.

    Args:
        home: the state folder of the stack.
        user: `engineer`, `officer` or `auditor`; the password is read from the stack's own file.
    """

    def __init__(self, home: Path, user: str = "engineer") -> None:
        self.home, self.user, self.address = home, user, ui_url(home)
        self._token = ""

    def _log_in(self) -> None:
        path = self.home / "users.json"
        password = files.read_json(path).get(self.user)
        if not password:
            raise ConfigurationError(f"{path} holds no password of user {self.user}; `sangloc up` makes one")
        for pause in (1.0, 3.0, 0.0):
            status, answer = self._send("POST", "/auth/token", {"username": self.user, "password": password})
            # The auth manager also answers 401 when its own database session broke; the next login finds a new one.
            if status != 401:
                break
            time.sleep(pause)
        if status in (400, 401):
            raise ConfigurationError(
                f"Airflow refuses the password of user {self.user} in {path}; write the changed password there, or "
                "delete that file and run `sangloc up` to get new ones"
            )
        if status >= 300:
            raise SanglocError(f"Airflow answered {status} to the login of user {self.user}: {_detail(answer)}")
        self._token = answer["access_token"]

    def _send(self, method: str, path: str, body: object | None) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        try:
            text, status = _answer(request)
            return status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                return error.code, json.loads(text)
            except ValueError:
                return error.code, {"detail": text.decode(errors="replace")[:200]}
        except (OSError, http.client.HTTPException):
            raise ConfigurationError(
                f"Airflow does not answer at {self.address}; start it with `sangloc up`, see `sangloc status`"
            ) from None

    def call(self, method: str, path: str, body: object | None = None, missing: str = "") -> Any:
        """One request under `/api/v2`.

        Args:
            path: below `/api/v2`, query included.
            body: sent as JSON.
            missing: the message when Airflow knows nothing of that name (404).

        Raises:
            ConfigurationError: when Airflow does not answer, refuses the login, or (with `missing`) answers 404.
            SanglocError: at any other refusal.
        """
        if not self._token:
            self._log_in()
        status, answer = self._send(method, f"/api/v2{path}", body)
        if status == 401:
            self._log_in()
            status, answer = self._send(method, f"/api/v2{path}", body)
        if status == 404 and missing:
            raise ConfigurationError(missing)
        if status == 403:
            raise ConfigurationError(f"user {self.user} may not {method} {path}: {_detail(answer)}")
        if status >= 300:
            raise SanglocError(f"Airflow answered {status} to {method} {path}: {_detail(answer)}")
        return answer

    def dags(self, prefix: str = "") -> list[dict[str, Any]]:
        """The DAGs that Airflow has read and not dropped, those whose id starts with `prefix`."""
        answer = self.call("GET", f"/dags?limit={PAGE}&exclude_stale=true")
        return [dag for dag in answer["dags"] if dag["dag_id"].startswith(prefix)]

    def import_errors(self) -> list[dict[str, Any]]:
        """DAG files that cannot be imported: `filename`, `stack_trace`."""
        errors: list[dict[str, Any]] = self.call("GET", f"/importErrors?limit={PAGE}")["import_errors"]
        return errors

    def unpause(self, dag_id: str) -> bool:
        """Let a DAG run; returns whether it was paused."""
        dag = self.call("GET", f"/dags/{dag_id}", missing=self._unknown(dag_id))
        if dag["is_paused"]:
            self.call("PATCH", f"/dags/{dag_id}?update_mask=is_paused", {"is_paused": False})
        return bool(dag["is_paused"])

    def _unknown(self, dag_id: str) -> str:
        known = sorted(dag["dag_id"] for dag in self.dags())
        return f"Airflow has no DAG {dag_id!r}; it has: {', '.join(known) or 'none yet (try again in a few seconds)'}"

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run now; returns its id."""
        body = {"logical_date": None, "conf": conf or {}}
        answer = self.call("POST", f"/dags/{dag_id}/dagRuns", body, missing=f"Airflow has no DAG {dag_id!r}")
        return str(answer["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run: `state`, `start_date`, `end_date` and more."""
        answer: dict[str, Any] = self.call("GET", f"/dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id)}")
        return answer

    def runs(self, dag_ids: Sequence[str], states: Sequence[str] = OPEN_STATES) -> list[dict[str, Any]]:
        """The newest hundred runs of some DAGs that are in one of `states`."""
        if not dag_ids:
            return []
        body = {"dag_ids": list(dag_ids), "states": list(states), "order_by": "-run_after", "page_limit": 100}
        runs: list[dict[str, Any]] = self.call("POST", "/dags/~/dagRuns/list", body)["dag_runs"]
        return runs

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Every task instance of a run, mapped ones each by itself."""
        found: list[dict[str, Any]] = []
        while True:
            path = f"/dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id)}/taskInstances"
            answer = self.call("GET", f"{path}?limit={PAGE}&offset={len(found)}&order_by=id")
            found += answer["task_instances"]
            if len(found) >= answer["total_entries"] or not answer["task_instances"]:
                return found

    def queued_events(self, dag_id: str) -> int:
        """How many asset events wait for a DAG that has not started on them yet."""
        try:
            answer = self.call("GET", f"/dags/{dag_id}/assets/queuedEvents", missing="none")
        except ConfigurationError as error:
            if str(error) == "none":
                return 0
            raise
        return int(answer["total_entries"])

    def approvals(self, dag_ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The questions that wait for a person, oldest first; those of some DAGs only when given."""
        answer = self.call("GET", f"/dags/~/dagRuns/~/hitlDetails?response_received=false&limit={PAGE}&order_by=created_at")
        return [
            detail
            for detail in answer["hitl_details"]
            if detail["task_instance"]["state"] in ("awaiting_input", "deferred")
            and (dag_ids is None or detail["task_instance"]["dag_id"] in dag_ids)
        ]

    def answer(self, approval: dict[str, Any], yes: bool, note: str | None = None) -> str:
        """Answer one of `approvals` with its affirmative (first) or negative (second) option; returns the option.

        Args:
            note: goes into the form's field `note`, where it has one.
        """
        task, options = approval["task_instance"], approval["options"]
        if not yes and len(options) < 2:
            raise ConfigurationError(f"{task['dag_id']} {task['task_id']} can only be answered with {options[0]!r}")
        option = str(options[0 if yes else 1])
        asked_at = datetime.fromisoformat(approval["created_at"]).timestamp()
        time.sleep(max(0.0, asked_at + _SETTLED - time.time()))
        # Each field of the form holds its default, as it would when the officer changes nothing in the UI.
        fields = {name: field["value"] for name, field in approval["params"].items() if isinstance(field, dict)}
        if note and "note" in fields:
            fields["note"] = note
        run_id = urllib.parse.quote(task["dag_run_id"])
        self.call(
            "PATCH",
            f"/dags/{task['dag_id']}/dagRuns/{run_id}/taskInstances/{task['task_id']}/{task['map_index']}/hitlDetails",
            {"chosen_options": [option], "params_input": fields},
        )
        return option


def _detail(answer: Any) -> str:
    detail = answer.get("detail", answer) if isinstance(answer, dict) else answer
    return detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)


def wait_until(condition: Callable[[], bool], patience: float, pause: float = 0.5) -> bool:
    """Ask `condition` again and again; whether it became true within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
