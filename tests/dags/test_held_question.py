"""The question about a held list stands as long as the list waits, and no longer."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from sangloc import settings
from sangloc.clock import now
from sangloc.roster import holds
from sangloc.roster.gates import Reason

UNANSWERED = {"error": "no response", "error_type": "timeout"}


@pytest.fixture
def question(province: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(settings.root() / "dags")
    made = importlib.import_module("roster_refresh").Question
    return made(task_id="question", subject="?", options=["a"], response_timeout=timedelta(days=1), patience=timedelta(days=30))


@pytest.fixture
def context(warehouse: psycopg.Connection, province: str) -> dict[str, Any]:
    from sangloc.warehouse import transaction

    row = warehouse.execute(
        "INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at) "
        "VALUES ('20', 'roster', '05977', 'x', repeat('0', 64), 1, 'received', now()) RETURNING file_id"
    ).fetchone()
    assert row is not None
    with transaction() as conn:
        holds.hold(conn, row[0], [Reason("wrong_province", {})], "run", now())
    return {"params": {"file_id": row[0]}}


def test_it_goes_on_while_the_list_waits(question: Any, context: dict[str, Any]) -> None:
    from airflow.sdk.exceptions import TaskAwaitingInput

    with pytest.raises(TaskAwaitingInput) as again:
        question.execute_complete(context, UNANSWERED)
    assert (again.value.method_name, again.value.timeout) == ("execute_complete", timedelta(days=1))


def test_it_is_withdrawn_when_a_later_list_took_the_place(
    question: Any, context: dict[str, Any], warehouse: psycopg.Connection
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    warehouse.execute("UPDATE intake.file SET status = 'superseded'")
    with pytest.raises(AirflowSkipException):
        question.execute_complete(context, UNANSWERED)


def test_patience_ends(question: Any, context: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.standard.exceptions import HITLTimeoutError
    from airflow.sdk.exceptions import TaskAwaitingInput

    monkeypatch.setenv("SANGLOC_NOW", "2026-12-21T07:59:00+07:00")
    with pytest.raises(TaskAwaitingInput):
        question.execute_complete(context, UNANSWERED)
    monkeypatch.setenv("SANGLOC_NOW", "2026-12-21T08:00:00+07:00")
    with pytest.raises(HITLTimeoutError):
        question.execute_complete(context, UNANSWERED)


def test_an_answer_is_taken(question: Any, context: dict[str, Any]) -> None:
    answer = {"chosen_options": ["a"], "params_input": {}, "responded_at": now(), "responded_by_user": None}
    assert question.execute_complete(context, answer)["chosen_options"] == ["a"]
