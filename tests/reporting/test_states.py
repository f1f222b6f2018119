"""A submission from the day it is expected to its acknowledgement, and its corrections after it went out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import io
from typing import Any

import docx
import psycopg
import pytest
from psycopg.rows import dict_row

from sangloc import reporting
from sangloc.errors import RefusedInputError
from sangloc.reporting import documents
from sangloc.reporting.submissions import load
from sangloc.warehouse import transaction

MONTHLY = ("lang_son", "monthly_byt")


@pytest.fixture(autouse=True)
def joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-09-01")


def at(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SANGLOC_NOW", f"{text}+07:00")


def steps(warehouse: psycopg.Connection, number: int) -> Any:
    return warehouse.execute(
        "SELECT version, state, actor, note, to_char(since AT TIME ZONE 'Asia/Ho_Chi_Minh', 'MM-DD HH24:MI')"
        " FROM reporting.submission_step WHERE submission_id = %s ORDER BY step",
        [number],
    ).fetchall()


def board(warehouse: psycopg.Connection, number: int, columns: str) -> Any:
    with warehouse.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("SELECT * FROM reporting.board WHERE submission_id = %s", [number]).fetchone()
    assert row is not None
    return tuple(row[column] for column in columns.split(", "))


def examined() -> str:
    return reporting.indicators()["people_examined_period"].name_vi


def send(number: int) -> dict[str, Any]:
    reporting.take_snapshot(number)
    reporting.render(number)
    reporting.request_review(number)
    reporting.record_decision(number, "approve", "officer", "Đồng ý")
    reporting.enqueue_delivery(number)
    return reporting.deliver(number, "delivery")


def body(envelope: Any) -> tuple[str, str]:
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    part = mail.get_body(("plain",))
    assert part is not None
    return mail["Subject"], part.get_content()


def test_every_state_is_kept_with_its_time_and_person(
    rows: Any, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-10-20T07:00:00")
    reporting.expect("lang_son")
    at(monkeypatch, "2026-11-01T01:00:00")
    number = reporting.open_submission(*MONTHLY, "run")
    reporting.take_snapshot(number)
    reporting.render(number)
    reporting.request_review(number)
    at(monkeypatch, "2026-11-01T09:00:00")
    reporting.request_review(number)
    reporting.record_decision(number, "send_back", "officer", "Thiếu số liệu")
    at(monkeypatch, "2026-11-02T08:00:00")
    assert reporting.open_submission(*MONTHLY, "second run") == number
    send(number)
    at(monkeypatch, "2026-11-03T10:00:00")
    acknowledged = reporting.acknowledge(*MONTHLY, "2026-10", "officer", "Số đến 1234")
    assert acknowledged == {"submission": number, "state": "acknowledged", "version": 2}
    assert reporting.acknowledge(*MONTHLY, "2026-10", "officer", "Số đến 1234") == acknowledged
    assert steps(warehouse, number) == [
        (1, "expected", None, None, "10-20 07:00"),
        (1, "collecting", None, None, "11-01 01:00"),
        (1, "compiled", None, None, "11-01 01:00"),
        (1, "in_review", None, None, "11-01 01:00"),
        (1, "sent_back", "officer", "Thiếu số liệu", "11-01 09:00"),
        (2, "collecting", None, None, "11-02 08:00"),
        (2, "compiled", None, None, "11-02 08:00"),
        (2, "in_review", None, None, "11-02 08:00"),
        (2, "approved", "officer", "Đồng ý", "11-02 08:00"),
        (2, "sending", None, None, "11-02 08:00"),
        (2, "delivered", None, None, "11-02 08:00"),
        (2, "acknowledged", "officer", "Số đến 1234", "11-03 10:00"),
    ]
    # Steps below review leave an acknowledged report alone.
    for again in (reporting.take_snapshot, reporting.render, reporting.request_review, reporting.enqueue_delivery):
        assert again(number)["skipped"] == "acknowledged"
    assert reporting.open_submission(*MONTHLY, "third run", "2026-10") == number
    assert board(warehouse, number, "state, version, standing, corrections") == ("acknowledged", 2, "in_time", 0)
    # Version 2 never replaced one that had gone out, so nobody is told that it did.
    assert "thay thế" not in body(postbox.mails[-1])[1] and "ĐÍNH CHÍNH" not in body(postbox.mails[-1])[0]


def test_only_what_was_delivered_is_acknowledged(rows: Any, monkeypatch: pytest.MonkeyPatch, postbox: Any) -> None:
    at(monkeypatch, "2026-11-02T08:00:00")
    number = reporting.open_submission(*MONTHLY, "run")
    with pytest.raises(RefusedInputError, match="is collecting; only a delivered report"):
        reporting.acknowledge(*MONTHLY, "2026-10", "officer")
    send(number)
    for wrong in ("2026-11-01T00:00:00+07:00", "2026-11-03T00:00:00+07:00"):
        with pytest.raises(RefusedInputError, match="between its delivery and now"):
            reporting.acknowledge(*MONTHLY, "2026-10", "officer", at=dt.datetime.fromisoformat(wrong))
    with pytest.raises(RefusedInputError, match="has no report of this obligation"):
        reporting.acknowledge(*MONTHLY, "2026-09", "officer")
    with pytest.raises(RefusedInputError, match="nine digits"):
        reporting.acknowledge(*MONTHLY, "2026-10", "officer", "gọi 0912345678")


def test_a_correction_is_a_new_version_that_names_what_changed(
    rows: Any, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [rows.person(rows.communes[0]) for _ in range(40)]
    for person in people[:12]:
        rows.exam(person, "2026-10-05")
    at(monkeypatch, "2026-11-02T08:00:00")
    number = reporting.open_submission(*MONTHLY, "run")
    with pytest.raises(RefusedInputError, match="only a report that has gone out"):
        reporting.open_submission(*MONTHLY, "early", "2026-10", correction="Sai số liệu")
    assert send(number)["late"] is False
    reporting.acknowledge(*MONTHLY, "2026-10", "officer")
    for person in people[12:20]:
        rows.exam(person, "2026-10-06")
    # Long after the due time: a correction does not make a report late that was in time.
    at(monkeypatch, "2026-11-20T08:00:00")
    reason = "Bổ sung kết quả của một cơ sở gửi muộn"
    assert reporting.open_submission(*MONTHLY, "correcting", "2026-10", correction=reason, by="officer") == number
    assert reporting.open_submission(*MONTHLY, "correcting", "2026-10", correction=reason, by="officer") == number
    assert board(warehouse, number, "state, version, standing, corrections") == ("collecting", 2, "in_time", 0)
    assert send(number)["late"] is False
    assert board(warehouse, number, "state, version, standing, corrections, late_by") == ("delivered", 2, "in_time", 1, None)
    assert (2, "collecting", "officer", reason, "11-20 08:00") in steps(warehouse, number)
    delivered = warehouse.execute("SELECT delivered_at FROM reporting.submission").fetchone()
    assert delivered == (dt.datetime.fromisoformat("2026-11-02T08:00:00+07:00"),)
    subject, text = body(postbox.mails[-1])
    assert "ĐÍNH CHÍNH" in subject and "(bản số 2)" in subject
    assert "thay thế bản số 1 đã gửi lúc 08:00 ngày 02/11/2026" in text
    assert f"Lý do đính chính: {reason}" in text
    assert f"{examined()}: 12 → 20" in text
    # What the report does not contain, and what has not changed, is not named.
    assert "phiên khám" not in text and "danh sách quản lý" not in text
    assert [mail.rcpt_tos for mail in postbox.mails] == [["baocao@moh.example"]] * 2
    review = warehouse.execute("SELECT body FROM reporting.outbox WHERE purpose = 'review' AND version = 2").fetchone()
    assert review is not None and reason in review[0] and "12 → 20" in review[0] and "QUÁ HẠN" not in review[0]


def test_a_correction_names_the_units_whose_words_changed_or_that_reported_since(
    rows: Any, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2027-01-05T08:00:00")
    reporting.expect("lang_son")
    ((number, period),) = warehouse.execute(
        "SELECT submission_id, period_key FROM reporting.submission"
        " WHERE obligation = 'annual_dang_uy' AND period_to < '2027-01-05'"
    ).fetchall()

    def reports(unit: str, version: int, words: str) -> str:
        form = rows.one(
            "INSERT INTO reporting.unit_form (submission_id, input, unit, version, file_id, form_version, received_at)"
            " VALUES (%s, 'communes', %s, %s, %s, 'x', '2027-01-04') RETURNING form_id",
            [number, unit, version, rows.file("form")],
        )
        warehouse.execute("INSERT INTO reporting.unit_figure VALUES (%s, 'difficulties', NULL, %s)", [form, words])
        return str(
            rows.one(
                "UPDATE reporting.input_due SET received_at = '2027-01-04'"
                " WHERE submission_id = %s AND input = 'communes' AND unit = %s RETURNING unit_name",
                [number, unit],
            )
        )

    first, second, third = rows.communes[:3]
    reports(first, 1, "Thiếu thiết bị")
    corrected = reports(second, 1, "Thiếu nhân lực")
    assert reporting.open_submission("lang_son", "annual_dang_uy", "run", period) == number
    send(number)
    reports(second, 2, "Thiếu nhân lực và thuốc")
    new = reports(third, 1, "Không có")
    reporting.open_submission("lang_son", "annual_dang_uy", "correcting", period, correction="Một xã gửi lại")
    send(number)
    text = body(postbox.mails[-1])[1]
    difficulties = "Khó khăn, vướng mắc (nội dung do đơn vị báo cáo)"
    assert f"- {difficulties}: {'; '.join(sorted([corrected, new]))}\n" in text
    assert [line.rpartition(": ")[2] for line in text.splitlines() if "gửi báo cáo sau bản trước" in line] == [new]
    assert "nhân lực" not in text


def test_a_correction_keeps_small_numbers_hidden(
    rows: Any, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [rows.person(rows.communes[0]) for _ in range(40)]
    for person in people[:3]:
        rows.exam(person, "2026-10-05")
    at(monkeypatch, "2026-11-02T08:00:00")
    number = reporting.open_submission(*MONTHLY, "run")
    send(number)
    for person in people[3:20]:
        rows.exam(person, "2026-10-06")
    reporting.open_submission(*MONTHLY, "correcting", "2026-10", correction="Bổ sung số liệu")
    send(number)
    assert f"{examined()}: dưới 5 → 20" in body(postbox.mails[-1])[1]


def test_a_correction_that_is_sent_back_keeps_its_reason(
    rows: Any, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-11-02T08:00:00")
    number = reporting.open_submission(*MONTHLY, "run")
    send(number)
    reporting.open_submission(*MONTHLY, "correcting", "2026-10", correction="Sai đơn vị nhận")
    reporting.take_snapshot(number)
    reporting.render(number)
    reporting.request_review(number)
    reporting.record_decision(number, "send_back", "officer", "Chưa rõ")
    assert "trả lại:" not in reporting.review_text(number)["summary"]
    assert reporting.open_submission(*MONTHLY, "again", "2026-10") == number
    send(number)
    shown = reporting.review_text(number)["summary"]
    assert "- Lý do đính chính: Sai đơn vị nhận\n" in shown
    assert "So với bản số 2 đã trình:\n\n- Ý kiến trả lại: Chưa rõ\n" in shown
    subject, text = body(postbox.mails[-1])
    assert "(bản số 3)" in subject and "thay thế bản số 1" in text and "Lý do đính chính: Sai đơn vị nhận" in text
    assert "Các số liệu không thay đổi so với bản đã gửi." in text
    # The document says the same, and goes on saying it when a further version has another reason.
    of_version = "SELECT content FROM reporting.document WHERE kind = 'docx' AND version = %s"
    (written,) = warehouse.execute(of_version, [3]).fetchall()[0]
    said = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(written)).paragraphs)
    assert "(Bản số 3, thay thế bản số 1 đã gửi lúc 08:00 ngày 02/11/2026)" in said
    assert "Lý do đính chính: Sai đơn vị nhận. Các số liệu không thay đổi so với bản đã gửi." in said
    at(monkeypatch, "2026-11-03T08:00:00")
    reporting.open_submission(*MONTHLY, "once more", "2026-10", correction="Một lý do khác")
    send(number)
    with transaction("report") as conn:
        then = dataclasses.replace(load(conn, number), version=3)
        assert dict(documents.written(conn, then, ["docx"])) == {"docx": written}
    (newest,) = warehouse.execute(of_version, [4]).fetchall()[0]
    said = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(newest)).paragraphs)
    assert "thay thế bản số 3" in said and "Một lý do khác" in said


@pytest.mark.parametrize(("correction", "message"), [("a" * 1001, "longer than 1000"), ("Xem 0912345678", "nine digits")])
def test_a_reason_is_checked_as_every_persons_words_are(
    rows: Any, postbox: Any, monkeypatch: pytest.MonkeyPatch, correction: str, message: str
) -> None:
    at(monkeypatch, "2026-11-02T08:00:00")
    send(reporting.open_submission(*MONTHLY, "run"))
    with pytest.raises(RefusedInputError, match=message):
        reporting.open_submission(*MONTHLY, "correcting", "2026-10", correction=correction)
