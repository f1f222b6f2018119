from __future__ import annotations

import datetime as dt
import email
import email.policy
import getpass
import hashlib
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from reporting.conftest import Rows
from sangloc import clock, provinces, reporting
from sangloc.errors import ConfigurationError, DeliveryUncertainError, RefusedInputError
from sangloc.reporting import DeliveryFailedError

OFFICER, COMPILED = "officer", "template_compiled"


@pytest.fixture(scope="module")
def number(prepare: Any) -> int:
    """A report that was compiled once; its warehouse is a template."""
    with prepare(COMPILED) as beginning:
        Rows(beginning.connection)
        number = reporting.open_submission("lang_son", "monthly_byt", "run")
        reporting.take_snapshot(number)
        reporting.render(number)
    return number


@pytest.fixture
def template(request: pytest.FixtureRequest, template: str) -> str:
    if "compiled" not in request.fixturenames:
        return template
    request.getfixturevalue("number")
    return COMPILED


@pytest.fixture
def compiled(number: int, warehouse: psycopg.Connection) -> int:
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


def settle(warehouse: psycopg.Connection, arrived: bool) -> int:
    """What a person says of the one mail that waits for it; returns its number."""
    (mail,) = reporting.mails_in_trouble()
    reporting.settle_mail(mail["outbox_id"], arrived, "engineer")
    return int(mail["outbox_id"])


def state(warehouse: psycopg.Connection) -> Any:
    return warehouse.execute("SELECT state, version, late FROM reporting.submission").fetchone()


def parsed(envelope: Any) -> Any:
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def test_from_review_to_delivery(compiled: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080")
    contacts = provinces.load("lang_son").contacts
    assert reporting.request_review(compiled)["queued"] == 1
    assert reporting.request_review(compiled)["queued"] == 0
    assert reporting.deliver(compiled, "review")["recipients"] == 1
    assert reporting.deliver(compiled, "review")["skipped"] == "sent"
    review = parsed(postbox.mails[0])
    assert postbox.mails[0].rcpt_tos == [contacts.officer]
    assert postbox.mails[0].mail_from == contacts.sender
    ((subject,),) = warehouse.execute("SELECT subject FROM reporting.outbox").fetchall()
    assert review["Subject"] == subject and "tháng 10 năm 2026" in subject
    body = review.get_body(("plain",)).get_content()
    page = "http://127.0.0.1:8080/dags/lang_son__report_monthly_byt/runs/run/tasks/approval/required_actions"
    assert f": {page}\n" in body and "không tính là chậm" in body
    assert [part.get_content_type() for part in review.iter_attachments()] == ["application/pdf"]

    with pytest.raises(RefusedInputError, match="only an approved report"):
        reporting.enqueue_delivery(compiled)
    decided = reporting.record_decision(compiled, "approve", OFFICER, "Đồng ý")
    assert decided == {"submission": compiled, "state": "approved", "version": 1}
    assert reporting.record_decision(compiled, "approve", OFFICER, "Đồng ý") == decided
    assert reporting.enqueue_delivery(compiled)["queued"] == 1
    result = reporting.deliver(compiled, "delivery")
    assert result["late"] is False  # the period ended before the province joined
    assert state(warehouse) == ("delivered", 1, False)
    delivery = parsed(postbox.mails[1])
    assert postbox.mails[1].rcpt_tos == [
        item.address for item in provinces.load("lang_son").obligation("monthly_byt").recipients
    ]
    own = hashlib.sha256(b"baocao@moh.example").hexdigest()[:12]
    assert delivery["Message-ID"] == f"<lang_son.monthly_byt.2026-10.v1.delivery.{own}@syt.langson.example>"
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


REFUSED: list[tuple[Any, str, Any, str]] = [
    ("maybe", OFFICER, None, "approve or send_back"),
    ("approve", "somebody_else", None, "approval.users"),
    ("approve", OFFICER, "x" * 1001, "longer than 1000"),
    ("approve", OFFICER, "gọi 0912345678", "nine digits"),
    ("send_back", OFFICER, "Sửa lại 😀 " * 10_000, "longer than 1000"),
    ("send_back", OFFICER, "\x00\x01\n", "needs a note"),
    ("send_back", OFFICER, {"note": 1}, "expected text"),
]


def test_refused_decisions(compiled: int, warehouse: psycopg.Connection) -> None:
    reporting.request_review(compiled)
    for decision, by, note, words in REFUSED:
        with pytest.raises(RefusedInputError, match=words) as caught:
            reporting.record_decision(compiled, decision, by, note)
        assert "0912" not in str(caught.value) and "somebody" not in str(caught.value)
    assert state(warehouse)[0] == "in_review"


def test_who_gives_an_answer_that_cannot_be_taken_is_told_and_the_question_stands(
    compiled: int, warehouse: psycopg.Connection, postbox: Any
) -> None:
    reporting.request_review(compiled)
    at, contacts = clock.now(), provinces.load("lang_son").contacts
    told = []
    for place, (decision, by, note, words) in enumerate(
        [
            ("send_back", OFFICER, None, "ô Ý kiến đang để trống"),
            ("send_back", OFFICER, "Gọi 0912 345 678", "dãy số"),
            ("approve", "deputy", None, "sau 24 giờ"),
            ("approve", "somebody", None, "không có trong danh sách"),
        ]
    ):
        answered = at + dt.timedelta(seconds=place)
        assert reporting.refuse_answer(compiled, decision, by, note, 1, answered)
        # A task that is tried again tells nobody twice.
        assert reporting.refuse_answer(compiled, decision, by, note, 1, answered)
        told.append({contacts.officer} | ({contacts.deputy} if by == "deputy" else set()))
        text = parsed(postbox.mails[-1]).get_body(("plain",)).get_content()
        assert words in text and "0912" not in text and "vẫn chờ phê duyệt" in text
        assert sum(map(len, told)) == len(postbox.mails)
        assert {mail.rcpt_tos[0] for mail in postbox.mails[-len(told[-1]) :]} == told[-1]
    for decision, note in (("send_back", f"Số liệu đến ngày 31/10/{clock.today().year} chưa đủ"), ("approve", None)):
        assert not reporting.refuse_answer(compiled, decision, OFFICER, note, 1, at)
    # A question about a version that was replaced does not stand again.
    assert not reporting.refuse_answer(compiled, "send_back", OFFICER, None, 0, at)
    assert state(warehouse)[0] == "in_review"
    reporting.record_decision(compiled, "approve", OFFICER, None)
    assert not reporting.refuse_answer(compiled, "send_back", OFFICER, None, 1, at)


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


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The report goes to two recipients."""
    profile = provinces.load("lang_son")
    monthly = profile.obligation("monthly_byt")
    others = [provinces.Recipient(name="Bộ", address=address) for address in ("a@x.example", "b@x.example")]
    duties = [monthly.model_copy(update={"recipients": others}) if duty is monthly else duty for duty in profile.obligations]
    changed = profile.model_copy(update={"obligations": duties})
    monkeypatch.setattr(provinces, "load", lambda slug: changed)
    return [other.address for other in others]


def standing(warehouse: psycopg.Connection) -> Any:
    return warehouse.execute(
        "SELECT recipient, state, attempts FROM reporting.outbox WHERE purpose = 'delivery' ORDER BY outbox_id"
    ).fetchall()


@pytest.mark.parametrize(("code", "error"), [("550 no such user", ConfigurationError), ("451 later", DeliveryFailedError)])
def test_one_refused_recipient_keeps_no_other_waiting(
    two: list[str], queued: int, warehouse: psycopg.Connection, postbox: Any, code: str, error: type[Exception]
) -> None:
    postbox.refuse = {"a@x.example": code}
    for _ in range(2):
        with pytest.raises(error, match=r"a@x\.example"):
            reporting.deliver(queued, "delivery")
        assert [mail.rcpt_tos for mail in postbox.mails] == [["b@x.example"]]
    assert state(warehouse)[0] == "sending"
    refused = code.startswith("5")
    # The server is not asked again about a recipient it refuses for good.
    assert standing(warehouse) == [
        ("a@x.example", "refused" if refused else "pending", 1 if refused else 2), ("b@x.example", "sent", 1)
    ]  # fmt: skip
    postbox.refuse = {}
    if refused:
        settle(warehouse, arrived=False)
    assert reporting.deliver(queued, "delivery")["recipients"] == 1
    assert [to for _, to in postbox.arrived] == ["b@x.example", "a@x.example"]
    assert len({number for number, _ in postbox.arrived}) == 2
    assert state(warehouse)[0] == "delivered"


def test_a_recipient_who_is_none_any_more_is_not_waited_for(
    two: list[str], queued: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox.refuse = {"b@x.example": "550 no such user"}
    with pytest.raises(ConfigurationError):
        reporting.deliver(queued, "delivery")
    profile = provinces.load("lang_son")
    only = [duty.model_copy(update={"recipients": duty.recipients[:1]}) for duty in profile.obligations]
    monkeypatch.setattr(provinces, "load", lambda slug: profile.model_copy(update={"obligations": only}))
    reporting.enqueue_delivery(queued)
    assert state(warehouse)[0] == "delivered"
    assert standing(warehouse)[1][1] == "withdrawn"
    assert reporting.deliver(queued, "delivery")["skipped"] == "sent"


def test_a_mail_is_tried_again_after_growing_pauses_whatever_became_of_its_task(
    queued: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox.answer = "451 later"
    start, tried = dt.datetime.fromisoformat("2026-11-21T08:00:00+07:00"), []
    expected = [0, 5, 15, 35, 75, 155, 315, 555]
    for minutes in sorted({0} | {each + shift for each in expected[1:] for shift in (-1, 0)}):
        monkeypatch.setenv("SANGLOC_NOW", (start + dt.timedelta(minutes=minutes)).isoformat())
        before = standing(warehouse)[0][2]
        with suppress(DeliveryFailedError):
            reporting.each_hour("lang_son")
        tried += [minutes] * (standing(warehouse)[0][2] - before)
    assert tried == expected
    postbox.answer = "250 OK"
    monkeypatch.setenv("SANGLOC_NOW", (start + dt.timedelta(hours=14)).isoformat())
    assert reporting.each_hour("lang_son")["retried"] == 1
    assert state(warehouse)[0] == "delivered" and len(postbox.mails) == 1


@pytest.mark.parametrize(("answer", "error", "left"), [
    ("554 no", ConfigurationError, "refused"), ("452 full", DeliveryFailedError, "pending"),
    ("421 closing", DeliveryFailedError, "pending"), ("450 busy", DeliveryFailedError, "pending"),
])  # fmt: skip
def test_refused_text_was_not_sent(
    queued: int, warehouse: psycopg.Connection, postbox: Any, answer: str, error: type[Exception], left: str
) -> None:
    postbox.answer = answer
    with pytest.raises(error):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[0] == left
    assert state(warehouse)[0] == "sending"


def test_broken_connection_after_the_text_goes_to_a_person(queued: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    postbox.hang_up = True
    for _ in range(2):
        with pytest.raises(DeliveryUncertainError, match="may or may not have gone out"):
            reporting.deliver(queued, "delivery")
    assert len(postbox.mails) == 1
    assert outbox(warehouse)[0] == "uncertain"
    assert state(warehouse)[0] == "sending"
    number = settle(warehouse, arrived=True)
    assert state(warehouse)[0] == "delivered"
    assert reporting.deliver(queued, "delivery")["skipped"] == "sent"
    assert len(postbox.mails) == 1
    with pytest.raises(RefusedInputError):
        reporting.settle_mail(number, False, "engineer")


def test_a_person_settles_a_mail_by_the_command_that_its_news_names(
    queued: int, warehouse: psycopg.Connection, postbox: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from sangloc.cli import main

    assert main(["mails"]) == 0
    assert capsys.readouterr().out == "no mail waits for a person\n"
    postbox.trouble = {"END": "hang up"}
    with pytest.raises(DeliveryUncertainError) as asked:
        reporting.deliver(queued, "delivery")
    postbox.trouble = {}
    (mail,) = reporting.mails_in_trouble()
    number = mail["outbox_id"]
    assert f"`sangloc mails {number} --arrived`, or `sangloc mails {number} --again`" in str(asked.value)
    reporting.each_hour("lang_son")
    told = parsed(postbox.mails[-1]).get_body(("plain",)).get_content()
    assert f'"sangloc mails {number} --arrived"' in told and f'"sangloc mails {number} --again"' in told
    assert main(["mails"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith(f"{number}  uncertain  ") and mail["message_id"] in listed and mail["subject"] in listed
    before = len(postbox.mails)
    assert main(["mails", str(number), "--again"]) == 0
    assert main(["mails", str(number), "--arrived"]) == 2
    assert "not in doubt" in capsys.readouterr().err
    for wrong in (["mails", str(number)], ["mails", "--again"]):
        with pytest.raises(SystemExit):
            main(wrong)
    # It goes out without anybody running the report's DAG again.
    assert reporting.each_hour("lang_son")["retried"] == 1
    assert len(postbox.mails) == before + 1 and state(warehouse)[0] == "delivered"
    assert warehouse.execute(
        "SELECT actor, outcome, run_id, facts ->> 'was' FROM audit.event WHERE task_id = 'settle_mail'"
    ).fetchall() == [(getpass.getuser(), "again", f"mail-{number}", "uncertain")]


def test_a_mail_in_doubt_of_a_replaced_version_is_not_sent_again(
    queued: int, warehouse: psycopg.Connection, postbox: Any
) -> None:
    postbox.trouble = {"END": "hang up"}
    with pytest.raises(DeliveryUncertainError):
        reporting.deliver(queued, "delivery")
    warehouse.execute("UPDATE reporting.submission SET version = 2, state = 'collecting'")
    number = settle(warehouse, arrived=False)
    assert warehouse.execute("SELECT state FROM reporting.outbox WHERE outbox_id = %s", [number]).fetchone() == ("withdrawn",)
    assert state(warehouse)[0] == "collecting"


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
    settle(warehouse, arrived=True)
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
    settle(warehouse, arrived=False)
    assert warehouse.execute("SELECT sent_at FROM reporting.outbox WHERE purpose = 'delivery'").fetchone() == (None,)
    postbox.hang_up = False
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-23T09:00:00+07:00")
    assert reporting.deliver(queued, "delivery")["late"] is True


def test_changed_document_is_not_sent(queued: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    warehouse.execute("UPDATE reporting.document SET content = content || 'x' WHERE kind = 'docx'")
    with pytest.raises(RefusedInputError, match=r"docx is not the document that was made"):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[:2] == ("withdrawn", 0) and state(warehouse)[:2] == ("sent_back", 1)
    # Nor when its hash was changed with it.
    warehouse.execute("UPDATE reporting.document SET sha256 = encode(sha256(content), 'hex')")
    warehouse.execute("UPDATE reporting.submission SET state = 'sending'")
    with pytest.raises(RefusedInputError, match="not those that the officer was shown"):
        reporting.enqueue_delivery(queued)
    assert state(warehouse)[:2] == ("sent_back", 1)
    assert reporting.enqueue_delivery(queued)["skipped"] == "sent_back"
    assert postbox.mails == []


def test_changed_words_are_not_sent(queued: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    warehouse.execute("UPDATE reporting.outbox SET body = body || 'x' WHERE purpose = 'delivery'")
    with pytest.raises(RefusedInputError, match="not what was put in the outbox"):
        reporting.deliver(queued, "delivery")
    assert postbox.mails == [] and state(warehouse)[:2] == ("sent_back", 1)


def test_an_approved_report_that_was_altered_is_told_of_and_replaced(
    two: list[str], queued: int, warehouse: psycopg.Connection, postbox: Any
) -> None:
    postbox.refuse = {"b@x.example": "451 later"}
    with pytest.raises(DeliveryFailedError):
        reporting.deliver(queued, "delivery")
    postbox.refuse = {}
    original = warehouse.execute("SELECT content FROM reporting.document WHERE kind = 'pdf'").fetchone()
    warehouse.execute("UPDATE reporting.document SET content = content || 'x' WHERE kind = 'pdf'")
    with pytest.raises(RefusedInputError):
        reporting.deliver(queued, "delivery")
    assert standing(warehouse) == [("a@x.example", "sent", 1), ("b@x.example", "withdrawn", 1)]
    contacts = provinces.load("lang_son").contacts
    for _ in range(2):
        reporting.each_hour("lang_son")
    assert [mail.rcpt_tos[0] for mail in postbox.mails[1:]] == [contacts.engineer, contacts.officer]
    told = parsed(postbox.mails[-1])
    assert (
        "KHÔNG GỬI" in told["Subject"] and "đã đến hoặc có thể đã đến: a@x.example." in told.get_body(("plain",)).get_content()
    )
    # Put right by hand afterwards it still is no longer approved.
    warehouse.execute("UPDATE reporting.document SET content = %s WHERE kind = 'pdf'", original)
    assert reporting.deliver(queued, "delivery")["skipped"] == "sent_back"

    reporting.open_submission("lang_son", "monthly_byt", "again", "2026-10")
    reporting.take_snapshot(queued)
    reporting.render(queued)
    reporting.request_review(queued)
    replaced = "bản số 1 đã gửi lúc"
    assert replaced in reporting.review_text(queued)["summary"]
    with pytest.raises(RefusedInputError, match="only an approved report"):
        reporting.enqueue_delivery(queued)
    reporting.record_decision(queued, "approve", OFFICER, None)
    reporting.enqueue_delivery(queued)
    assert reporting.deliver(queued, "delivery")["recipients"] == 2
    for mail in postbox.mails[-2:]:
        text = parsed(mail).get_body(("plain",)).get_content()
        assert f"thay thế {replaced}" in text and "cho một số nơi nhận)" in text
        assert "Lý do đính chính: nội dung lưu trong hệ thống của bản số 1 không còn đúng" in text
    assert state(warehouse)[:2] == ("delivered", 2)


def test_what_was_changed_while_the_officer_read_cannot_be_approved(
    compiled: int, warehouse: psycopg.Connection, postbox: Any
) -> None:
    reporting.request_review(compiled)
    warehouse.execute(
        "UPDATE reporting.document SET content = content || 'x', sha256 = encode(sha256(content || 'x'), 'hex')"
        " WHERE kind = 'pdf'"
    )
    with pytest.raises(RefusedInputError, match=r"not those that the officer was shown.*run the report's DAG again"):
        reporting.record_decision(compiled, "approve", OFFICER, None)
    assert state(warehouse)[0] == "in_review"
    assert reporting.record_decision(compiled, "send_back", OFFICER, "Sai bản")["state"] == "sent_back"


def test_the_annex_goes_out_with_the_report(compiled: int, postbox: Any) -> None:
    reporting.request_review(compiled)
    reporting.record_decision(compiled, "approve", OFFICER, None)
    reporting.enqueue_delivery(compiled)
    reporting.deliver(compiled, "delivery")
    mail = parsed(postbox.mails[0])
    assert [part.get_content_type().rsplit(".", 1)[-1] for part in mail.iter_attachments()] == [
        "document",
        "application/pdf",
        "sheet",
    ]
    assert "- Gửi kèm: DOCX (Word), PDF, XLSX (phụ lục số liệu)\n" in mail.get_body(("plain",)).get_content()


def test_nobody_is_asked_about_the_doubtful_mail_of_a_replaced_version(
    compiled: int, warehouse: psycopg.Connection, postbox: Any
) -> None:
    reporting.request_review(compiled)
    postbox.trouble = {"END": "hang up"}
    with pytest.raises(DeliveryUncertainError):
        reporting.deliver(compiled, "review")
    postbox.trouble = {}
    reporting.open_submission("lang_son", "monthly_byt", "another run")
    reporting.take_snapshot(compiled)
    reporting.render(compiled)
    reporting.request_review(compiled)
    assert reporting.deliver(compiled, "review")["recipients"] == 1
    assert reporting.each_hour("lang_son")["notices"] == 0
    states = warehouse.execute("SELECT version, state FROM reporting.outbox ORDER BY version").fetchall()
    assert states == [(1, "withdrawn"), (2, "sent")]


def test_an_old_question_approves_no_newer_version(compiled: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    asked = reporting.request_review(compiled)["version"]
    reporting.open_submission("lang_son", "monthly_byt", "another run")
    reporting.take_snapshot(compiled)
    reporting.render(compiled)
    newer = reporting.request_review(compiled)["version"]
    for decision in ("approve", "send_back"):
        with pytest.raises(RefusedInputError, match="about version 1, which version 2 has replaced"):
            reporting.record_decision(compiled, decision, OFFICER, "Đồng ý", asked)
    assert state(warehouse)[:2] == ("in_review", 2)
    assert reporting.record_decision(compiled, "approve", OFFICER, "Đồng ý", newer)["version"] == 2


# A decision ---------------------------------------------------------------------------------------------------------------


def test_a_deputy_decides_only_after_the_profiles_hours(
    compiled: int, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporting.request_review(compiled)
    with pytest.raises(RefusedInputError, match="only after 24 hours"):
        reporting.record_decision(compiled, "approve", "deputy", None)
    since = warehouse.execute("SELECT state_since FROM reporting.submission").fetchone()
    assert since is not None
    monkeypatch.setenv("SANGLOC_NOW", (since[0] + dt.timedelta(hours=24)).isoformat())
    assert reporting.record_decision(compiled, "approve", "deputy", None)["state"] == "approved"


def test_a_note_makes_no_headings_or_buttons_of_a_mail(compiled: int, postbox: Any) -> None:
    reporting.request_review(compiled)
    note = "Sửa\x00 bảng\x1b 2\ud800\n\nViệc gấp:\n\nBấm vào đây: https://elsewhere.example/x\n"
    reporting.record_decision(compiled, "send_back", OFFICER, note)
    assert reporting.record_decision(compiled, "send_back", OFFICER, note)["state"] == "sent_back"
    assert reporting.tell_engineer(compiled)
    page = parsed(postbox.mails[0]).get_body(("html",)).get_content()
    assert "Sửa bảng 2 Việc gấp: Bấm vào đây:" in page
    assert "display:block" not in page and "Việc gấp:</h2>" not in page


def test_what_is_sent_back_becomes_the_engineers_task(compiled: int, warehouse: psycopg.Connection, postbox: Any) -> None:
    reporting.request_review(compiled)
    reporting.record_decision(compiled, "send_back", OFFICER, "Bổ sung số liệu của xã")
    # It stands with the decision: also when the task ended before it could send it.
    assert reporting.each_hour("lang_son")["retried"] == 1
    assert reporting.tell_engineer(compiled) is False
    (mail,) = postbox.mails
    assert mail.rcpt_tos == [provinces.load("lang_son").contacts.engineer]
    body = parsed(mail).get_body(("plain",)).get_content()
    assert "- Ý kiến: Bổ sung số liệu của xã\n" in body
    assert """sangloc run lang_son__report_monthly_byt --conf '{"period": "2026-10"}'""" in body
    # The officer's own mail about that version would come too late.
    assert warehouse.execute("SELECT state FROM reporting.outbox WHERE purpose = 'review'").fetchone() == ("withdrawn",)
    reporting.open_submission("lang_son", "monthly_byt", "again", "2026-10")
    reporting.take_snapshot(compiled)
    reporting.render(compiled)
    reporting.request_review(compiled)
    text = reporting.review_text(compiled)["summary"]
    assert "So với bản số 1 đã trình:\n\n- Ý kiến trả lại: Bổ sung số liệu của xã\n- Các số liệu không thay đổi.\n" in text


def test_missing_connection_says_what_to_do(queued: int, warehouse: psycopg.Connection, monkeypatch: Any) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SANGLOC_SMTP", raising=False)
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_SANGLOC_SMTP"):
        reporting.deliver(queued, "delivery")
    assert outbox(warehouse)[0] == "pending"
