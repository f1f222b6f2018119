"""Mails outside any report: through the outbox, once."""

from __future__ import annotations

import email
import email.policy
import hashlib
from typing import Any

import psycopg
import pytest

from sangloc import provinces
from sangloc.clock import now
from sangloc.errors import ConfigurationError, DeliveryUncertainError, RefusedInputError
from sangloc.reporting import DeliveryFailedError, mails_in_trouble, settle_mail
from sangloc.roster import holds
from sangloc.roster.gates import Reason

PAGE = "/dags/lang_son__roster_release/runs/held-1/tasks/question/required_actions"
DETAILS: dict[str, int | str] = {
    "rows": 600, "rejected": 3, "repeated": 1, "before": 1000, "after": 580, "closed": 420, "arrived": 0, "share": "42",
    "limit": "10",
}  # fmt: skip


@pytest.fixture
def waits(warehouse: psycopg.Connection, province: str) -> int:
    """A list that waits for an officer."""
    from sangloc.warehouse import transaction

    row = warehouse.execute(
        "INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at) "
        "VALUES ('20', 'roster', '05977', 'x', repeat('0', 64), 1, 'received', now()) RETURNING file_id"
    ).fetchone()
    assert row is not None
    with transaction() as conn:
        holds.hold(conn, row[0], [Reason("people_fell", DETAILS)], "run", now())
    return int(row[0])


def outbox(warehouse: psycopg.Connection) -> Any:
    return warehouse.execute(
        "SELECT purpose, state, attempts, submission_id FROM reporting.outbox ORDER BY outbox_id"
    ).fetchall()


def test_engineer_and_officer_are_told_once(
    waits: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080/")
    assert holds.tell(waits, PAGE)
    assert not holds.tell(waits, PAGE)
    contacts = provinces.load("lang_son").contacts
    assert [mail.rcpt_tos for mail in postbox.mails] == [[contacts.officer], [contacts.engineer]]
    sent = postbox.mails[0]
    mail = email.message_from_bytes(sent.content, policy=email.policy.default)
    own = hashlib.sha256(contacts.officer.encode()).hexdigest()[:12]
    assert mail["Message-ID"] == f"<lang_son.held-{waits}.{own}@syt.langson.example>"
    assert mail["Subject"] == "[Tỉnh Lạng Sơn] Phường Đông Kinh: danh sách dân cư bị giữ lại – số người giảm 42% (mức 10%)"
    part = mail.get_body(("plain",))
    assert part is not None
    body = part.get_content()
    assert "420 trên 1.000 người đang quản lý không còn trong danh sách (giảm 42%, mức 10%)." in body
    assert f"http://127.0.0.1:8080{PAGE}" in body
    assert "600 dòng, trong đó 3 dòng không nhận được, 1 dòng bị lặp" in body
    assert outbox(warehouse) == [("notice", "sent", 1, None)] * 2
    assert warehouse.execute("SELECT told_at IS NOT NULL FROM intake.hold").fetchall() == [(True,)]


def test_the_question_says_what_the_mail_says(waits: int, postbox: Any) -> None:
    asked = holds.question(waits)
    assert asked is not None
    holds.tell(waits, PAGE)
    mail = email.message_from_bytes(postbox.mails[0].content, policy=email.policy.default)
    part = mail.get_body(("plain",))
    assert part is not None
    body = " ".join(part.get_content().split())
    assert asked["subject"] == "Phường Đông Kinh · GIỮ LẠI: số người giảm 42% (mức 10%)"
    assert [line for line in asked["body"].splitlines() if " ".join(line.split()) not in body] == []
    assert "Required Actions" not in asked["body"]


def test_a_mail_that_did_not_go_out_is_tried_again(waits: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    postbox.answer = "451 later"
    with pytest.raises(DeliveryFailedError):
        holds.tell(waits, PAGE)
    assert outbox(warehouse) == [("notice", "pending", 1, None)] * 2
    postbox.answer = "250 OK"
    assert holds.tell(waits, PAGE)
    assert len(postbox.mails) == 2
    assert outbox(warehouse) == [("notice", "sent", 2, None)] * 2


def test_a_refused_address_is_named_and_the_other_served(waits: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    contacts = provinces.load("lang_son").contacts
    postbox.refuse = {contacts.officer: "550 no such user"}
    for reason in ("refuses", "was refused"):
        with pytest.raises(ConfigurationError, match=reason) as refused:
            holds.tell(waits, PAGE)
        assert contacts.officer in str(refused.value)
    assert [mail.rcpt_tos for mail in postbox.mails] == [[contacts.engineer]]
    assert outbox(warehouse) == [("notice", "refused", 1, None), ("notice", "sent", 1, None)]


@pytest.mark.parametrize("went_out", [True, False])
def test_what_a_crash_leaves_in_doubt_a_person_decides(
    waits: int, warehouse: psycopg.Connection, postbox: Any, went_out: bool
) -> None:
    with pytest.raises(RefusedInputError, match="not in doubt"):
        settle_mail(1, went_out, "engineer")
    holds.tell(waits, PAGE)
    officer = provinces.load("lang_son").contacts.officer
    warehouse.execute("UPDATE reporting.outbox SET state = 'sending' WHERE recipient = %s", [officer])
    for reason in ("an earlier attempt ended", "nobody has decided"):
        with pytest.raises(DeliveryUncertainError, match=reason) as asked:
            holds.tell(waits, PAGE)
        (mail,) = mails_in_trouble()
        assert f"`sangloc mails {mail['outbox_id']} --arrived`" in str(asked.value)
    assert len(postbox.mails) == 2
    assert mail["recipient"] == officer
    settle_mail(mail["outbox_id"], went_out, "engineer")
    assert holds.tell(waits, PAGE) is not went_out
    assert len(postbox.mails) == (2 if went_out else 3)


def test_a_connection_that_breaks_in_the_middle_is_a_doubt(waits: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    postbox.hang_up = True
    with pytest.raises(DeliveryUncertainError):
        holds.tell(waits, PAGE)
    assert outbox(warehouse) == [("notice", "uncertain", 1, None)] * 2
