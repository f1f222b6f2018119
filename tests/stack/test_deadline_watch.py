"""The watch through the scheduler: it tells of a report whose own DAG is paused, and says nothing twice."""

from __future__ import annotations

import email
import email.policy
from typing import Any

import psycopg
import pytest

from sangloc import provinces
from sangloc.stack.api import Airflow

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

# On 21 November 2026, the stack's day, the November report is due in nine working days and nothing else is near.
SLUG = "hai_phong"


def mails(stack: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in (stack.home / "mails").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        # At its end stands what tells one recipient's from another's.
        topic = str(mail["Message-ID"]).strip().partition("@")[0].removeprefix(f"<{SLUG}.").rpartition(".")[0]
        if topic.startswith(("watch.", "board.")):
            of_topic = found.setdefault(topic, {})
            assert mail["To"] not in of_topic, f"{topic} came twice"
            of_topic[mail["To"]] = mail
    return found


def test_a_paused_report_is_watched_and_nothing_is_told_twice(stack: Any) -> None:
    paused = {dag["dag_id"]: dag["is_paused"] for dag in Airflow(stack.home).dags()}
    assert paused[f"{SLUG}__report_monthly_byt"] is True
    for _ in range(2):
        stack.run("run", f"{SLUG}__deadline_watch")
    found = mails(stack)
    assert set(found) == {"watch.monthly_byt.2026-11.before-10", "board.2026-11"}
    reminder, board = found["watch.monthly_byt.2026-11.before-10"], found["board.2026-11"]
    contacts = provinces.load(SLUG).contacts
    assert set(reminder) == {contacts.officer} and "Còn 9 ngày làm việc" in reminder[contacts.officer]["Subject"]
    attached = board[contacts.superior].iter_attachments()
    assert [part.get_filename() for part in attached] == [f"{SLUG}_bang_theo_doi_bao_cao_2026.xlsx"]
    with psycopg.connect(stack.url("report")) as connection:
        rows = connection.execute(
            "SELECT obligation, period_key, state, standing FROM reporting.board WHERE slug = %s ORDER BY due_at, obligation",
            [SLUG],
        ).fetchall()
    assert rows == [
        ("monthly_byt", "2026-10", "expected", "before_joining"),
        ("monthly_byt", "2026-11", "expected", "open"),
        ("monthly_byt", "2026-12", "expected", "open"),
        ("quarterly_ubnd", "2026-Q4", "expected", "open"),
    ]
