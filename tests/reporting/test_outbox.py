from __future__ import annotations

import datetime as dt
import email
import email.policy
import hashlib
import os
import signal
import subprocess
import sys
import time
from typing import Any

import psycopg
import pytest

from sangloc import provinces, reporting
from sangloc.errors import ConfigurationError, DeliveryUncertainError, RefusedInputError
from sangloc.reporting import DeliveryFailedError

OFFICER = "officer"


@pytest.fixture
def compiled(rows: Any) -> int:
    number = reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.take_snapshot(number)
    reporting.render(number)
    return number


@pytest.fixture
def queued(compiled: int) -> int:
    """A submission whose delivery waits in the outbox."""
    reporting.request_review(compiled)
    reporting.record_decision(compiled, "approve", OFFICER, None)
    reporting.enqueue_delivery(compiled)
    return compiled


def outbox(warehouse: psycopg.Connection, purpose: str = "delivery") -> Any:
    return warehouse.execute(
        "SELECT state, attempts, last_error FROM reporting.outbox WHERE purpose = %s", [purpose]
    ).fetchone()


def state(warehouse: psycopg.Connection) -> Any:
    return warehouse.execute("SELECT state, version, late FROM reporting.submission").fetchone()


def parsed(envelope: Any) -> Any:
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def test_from_review_to_delivery(compiled: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080")
    contacts = provinces.load("lang_son").contacts
    assert reporting.request_review(compiled)["queued"] is True
    assert reporting.request_review(compiled)["queued"] is False
    assert reporting.deliver(compiled, "review")["recipients"] == 1
    assert reporting.deliver(compiled, "review")["skipped"] == "sent"
    review = parsed(postbox.mails[0])
    assert postbox.mails[0].rcpt_tos == [contacts.officer]
    assert postbox.mails[0].mail_from == contacts.sender
    ((subject,),) = warehouse.execute("SELECT subject FROM reporting.outbox").fetchall()
    assert review["Subject"] == subject and "tháng 10 năm 2026" in subject
    body = review.get_body(("plain",)).get_content()
    assert "http://127.0.0.1:8080" in body and "không tính là chậm" in body
    assert [part.get_content_type() for part in review.iter_attachments()] == ["application/pdf"]

    with pytest.raises(RefusedInputError, match="only an approved report"):
        reporting.enqueue_delivery(compiled)
    decided = reporting.record_decision(compiled, "approve", OFFICER, "Đồng ý")
    assert decided == {"submission": compiled, "state": "approved", "version": 1}
    assert reporting.record_decision(compiled, "approve", OFFICER, "Đồng ý") == decided
    assert reporting.enqueue_delivery(compiled)["queued"] is True
    result = reporting.deliver(compiled, "delivery")
    assert result["late"] is False  # the period ended before the province joined
    assert state(warehouse) == ("delivered", 1, False)
    delivery = parsed(postbox.mails[1])
    assert postbox.mails[1].rcpt_tos == [
        item.address for item in provinces.load("lang_son").obligation("monthly_byt").recipients
    ]
    assert delivery["Message-ID"] == "<lang_son.monthly_byt.2026-10.v1.delivery@syt.langson.example>"
    approved = dict(warehouse.execute("SELECT file_name, sha256 FROM reporting.document").fetchall())
    sent = {part.get_filename(): hashlib.sha256(part.get_content()).hexdigest() for part in delivery.iter_attachments()}
    assert sent == approved
    assert all(ord(sign) < 128 for sign in postbox.mails[1].content.split(b"\r\n\r\n", 1)[0].decode("ascii"))

    # Everything again: nothing changes and nothing is sent.
    assert reporting.open_submission("lang_son", "monthly_byt", "another run") == compiled
    assert reporting.take_snapshot(compiled)["skipped"] == "delivered"
    assert reporting.render(compiled)["skipped"] == "delivered"
    assert reporting.request_review(compiled)["skipped"] == "delivered"
    assert reporting.enqueue_delivery(compiled)["skipped"] == "delivered"
    assert reporting.deliver(compiled, "delivery")["skipped"] == "sent"
    assert reporting.record_decision(compiled, "approve", OFFICER, "Đồng ý") == decided
    assert len(postbox.mails) == 2
    found = {row["obligation"]: row for row in reporting.status("lang_son")}["monthly_byt"]
    assert (found["state"], found["period_key"], str(found["next_due"].date())) == (
        "delivered",
        "2026-10",
        "2026-12-04",
    )


def test_late_counts_only_after_joining(rows: Any, warehouse: psycopg.Connection, postbox: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-12-05T00:00:00+07:00")
    number = reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.take_snapshot(number)
    reporting.render(number)
    reporting.request_review(number)
    subject = warehouse.execute("SELECT subject FROM reporting.outbox").fetchone()
    assert subject is not None and "QUÁ HẠN" in subject[0]
    reporting.record_decision(number, "approve", OFFICER, None)
    reporting.enqueue_delivery(number)
    assert reporting.deliver(number, "delivery")["late"] is True
    assert state(warehouse) == ("delivered", 1, True)


def test_sent_back_becomes_a_second_version(compiled: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    reporting.request_review(compiled)
    with pytest.raises(RefusedInputError, match="needs a note"):
        reporting.record_decision(compiled, "send_back", OFFICER, " ")
    assert reporting.record_decision(compiled, "send_back", OFFICER, "Bổ sung số liệu")["state"] == "sent_back"
    with pytest.raises(RefusedInputError, match="too late"):
        reporting.record_decision(compiled, "approve", OFFICER, None)
    assert reporting.enqueue_delivery(compiled)["skipped"] == "sent_back"
    assert reporting.deliver(compiled, "delivery")["skipped"] == "sent_back"
    assert reporting.open_submission("lang_son", "monthly_byt", "run") == compiled
    assert state(warehouse) == ("collecting", 2, False)
    reporting.take_snapshot(compiled)
    reporting.render(compiled)
    reporting.request_review(compiled)
    assert reporting.deliver(compiled, "review")["version"] == 2
    assert "bản số 2" in parsed(postbox.mails[0]).get_body(("plain",)).get_content()
    assert warehouse.execute("SELECT count(*) FROM reporting.document").fetchone() == (6,)
    # A new run while the officer looks at the second version brings a third.
    assert reporting.open_submission("lang_son", "monthly_byt", "another run") == compiled
    assert state(warehouse)[:2] == ("collecting", 3)


@pytest.mark.parametrize(
    ("decision", "by", "note", "words"),
    [
        ("maybe", OFFICER, None, "approve or send_back"),
        ("approve", "somebody_else", None, "approval.users"),
        ("approve", OFFICER, "x" * 1001, "longer than 1000"),
        ("approve", OFFICER, "gọi 0912345678", "nine digits"),
    ],
)
def test_refused_decisions(compiled: int, decision: Any, by: str, note: str | None, words: str) -> None:
    reporting.request_review(compiled)
    with pytest.raises(RefusedInputError, match=words) as caught:
        reporting.record_decision(compiled, decision, by, note)
    assert "0912" not in str(caught.value) and "somebody" not in str(caught.value)


def test_server_down_leaves_the_mail_waiting(
    queued: int, warehouse: psycopg.Connection, request: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", "smtp://127.0.0.1:9?disable_ssl=true&disable_tls=true&retry_limit=0")
    with pytest.raises(DeliveryFailedError):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[:2] == ("pending", 1)
    postbox = request.getfixturevalue("postbox")
    assert reporting.deliver(queued, "delivery")["recipients"] == 1
    assert outbox(warehouse) == ("sent", 2, None)
    assert len(postbox.mails) == 1


@pytest.mark.parametrize(("code", "error"), [("550 no such user", ConfigurationError), ("451 later", DeliveryFailedError)])
def test_one_refused_recipient_stops_the_mail_for_all(
    queued: int, warehouse: psycopg.Connection, postbox: Any, code: str, error: type[Exception]
) -> None:
    warehouse.execute("UPDATE reporting.outbox SET recipients = '{a@x.example,b@x.example}' WHERE purpose = 'delivery'")
    postbox.refuse = {"b@x.example": code}
    with pytest.raises(error, match="recipient 2 of 2") as caught:
        reporting.deliver(queued, "delivery")
    assert "b@x" not in str(caught.value)
    assert postbox.mails == []
    assert outbox(warehouse)[0] == "pending"
    # Queueing again takes the addresses the profile has by now.
    reporting.enqueue_delivery(queued)
    assert reporting.deliver(queued, "delivery")["recipients"] == 1
    assert len(postbox.mails) == 1


@pytest.mark.parametrize(("answer", "error"), [("554 no", ConfigurationError), ("452 full", DeliveryFailedError)])
def test_refused_text_was_not_sent(
    queued: int, warehouse: psycopg.Connection, postbox: Any, answer: str, error: type[Exception]
) -> None:
    postbox.answer = answer
    with pytest.raises(error):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[0] == "pending"
    assert state(warehouse)[0] == "sending"


def test_broken_connection_after_the_text_goes_to_a_person(queued: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    postbox.hang_up = True
    for _ in range(2):
        with pytest.raises(DeliveryUncertainError, match="may or may not have gone out"):
            reporting.deliver(queued, "delivery")
    assert len(postbox.mails) == 1
    assert outbox(warehouse)[0] == "uncertain"
    assert state(warehouse)[0] == "sending"
    reporting.resolve_uncertain(queued, "delivery", went_out=True)
    assert state(warehouse)[0] == "delivered"
    assert reporting.deliver(queued, "delivery")["skipped"] == "sent"
    assert len(postbox.mails) == 1
    with pytest.raises(RefusedInputError):
        reporting.resolve_uncertain(queued, "delivery", went_out=False)


def test_delivered_when_handed_over_not_when_decided(
    queued: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: Any
) -> None:
    warehouse.execute("UPDATE reporting.submission SET before_joining = FALSE, due_at = '2026-11-22T00:00:00+07:00'")
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T22:00:00+07:00")
    postbox.hang_up = True
    with pytest.raises(DeliveryUncertainError):
        reporting.deliver(queued, "delivery")
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-23T09:00:00+07:00")
    with pytest.raises(DeliveryUncertainError):
        reporting.deliver(queued, "delivery")
    reporting.resolve_uncertain(queued, "delivery", went_out=True)
    found = warehouse.execute(
        "SELECT s.delivered_at, o.sent_at, s.late FROM reporting.submission AS s"
        " INNER JOIN reporting.outbox AS o ON o.submission_id = s.submission_id AND o.purpose = 'delivery'"
    ).fetchone()
    handed_over = dt.datetime(2026, 11, 21, 15, 0, tzinfo=dt.UTC)
    assert found == (handed_over, handed_over, False)


def test_sent_again_after_a_decision_is_late_by_the_second_attempt(
    queued: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: Any
) -> None:
    warehouse.execute("UPDATE reporting.submission SET before_joining = FALSE, due_at = '2026-11-22T00:00:00+07:00'")
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T22:00:00+07:00")
    postbox.hang_up = True
    with pytest.raises(DeliveryUncertainError):
        reporting.deliver(queued, "delivery")
    reporting.resolve_uncertain(queued, "delivery", went_out=False)
    assert warehouse.execute("SELECT sent_at FROM reporting.outbox WHERE purpose = 'delivery'").fetchone() == (None,)
    postbox.hang_up = False
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-23T09:00:00+07:00")
    assert reporting.deliver(queued, "delivery")["late"] is True


def test_killed_while_sending(queued: int, warehouse: psycopg.Connection, postbox: Any, tmp_path: Any) -> None:
    """A server that never answers holds the task in the middle of the mail; then the task is killed."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        address = f"smtp://127.0.0.1:{port}?disable_ssl=true&disable_tls=true&retry_limit=0&timeout=60"
        code = f"from sangloc import reporting; reporting.deliver({queued}, 'delivery')"
        task = subprocess.Popen(
            [sys.executable, "-c", code],
            env=os.environ | {"AIRFLOW_CONN_SANGLOC_SMTP": address},
            stderr=subprocess.DEVNULL,
        )
        try:
            until = time.monotonic() + 60
            while outbox(warehouse)[0] != "sending" and time.monotonic() < until:
                time.sleep(0.1)
            assert outbox(warehouse)[0] == "sending"
        finally:
            task.send_signal(signal.SIGKILL)
            task.wait()
    with pytest.raises(DeliveryUncertainError, match="Message-ID"):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[0] == "uncertain"
    assert postbox.mails == []
    reporting.resolve_uncertain(queued, "delivery", went_out=False)
    assert reporting.deliver(queued, "delivery")["recipients"] == 1
    assert len(postbox.mails) == 1


def test_changed_document_is_not_sent(queued: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    warehouse.execute("UPDATE reporting.document SET content = content || 'x' WHERE kind = 'docx'")
    with pytest.raises(RefusedInputError, match=r"docx is not the document that was approved"):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[:2] == ("pending", 0)
    assert postbox.mails == []


def test_missing_connection_says_what_to_do(queued: int, warehouse: psycopg.Connection, monkeypatch: Any) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SANGLOC_SMTP", raising=False)
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_SANGLOC_SMTP"):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[0] == "pending"
