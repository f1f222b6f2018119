"""The watch over what is owed, day by day by the injected clock, on a real database and a real mail server.

No report's DAG has any part in these tests: nothing here needs a run.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sangloc import provinces, reporting
from sangloc.errors import ConfigurationError, DeliveryUncertainError
from sangloc.reporting import DeliveryFailedError

CONTACTS = {
    slug: {name: getattr(provinces.load(slug).contacts, name) for name in ("officer", "deputy", "engineer", "superior")}
    for slug in ("lang_son", "hai_phong")
}


class Days:
    """Goes through days at seven in the morning and says what was mailed on each: (day, subject, contacts)."""

    def __init__(self, postbox: Any, patch: pytest.MonkeyPatch, slug: str = "lang_son") -> None:
        self.postbox, self.patch, self.slug = postbox, patch, slug
        self.contacts = {address: name for name, address in CONTACTS[slug].items()}

    def at(self, text: str) -> None:
        self.patch.setenv("SANGLOC_NOW", f"{text}+07:00" if len(text) > 10 else f"{text}T07:00:00+07:00")

    def watch(self) -> dict[str, int]:
        reporting.expect(self.slug)
        return reporting.remind(self.slug)

    def mails(self, of: str = "") -> list[tuple[str, str, tuple[str, ...]]]:
        """What has come since the last call, about an obligation or all: subject, text, to whom."""
        found: dict[tuple[str, str], list[str]] = {}
        for envelope in self.postbox.mails:
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            part = mail.get_body(("plain",))
            assert part is not None
            if of in mail["Message-ID"]:
                # Each of them has a mail of their own.
                (to,) = envelope.rcpt_tos
                found.setdefault((mail["Subject"], part.get_content()), []).append(self.contacts[to])
        self.postbox.mails.clear()
        return [(subject, text, tuple(to)) for (subject, text), to in found.items()]

    def through(self, first: str, last: str, of: str = "") -> list[tuple[str, str, tuple[str, ...]]]:
        """Each day twice, as a repeated task does it: day, beginning of the subject, to whom."""
        found = []
        day = dt.date.fromisoformat(first)
        while day <= dt.date.fromisoformat(last):
            self.at(str(day))
            for _ in range(2):
                self.watch()
                found += [(str(day), subject.split("] ")[1].split(":")[0], to) for subject, _, to in self.mails(of)]
            day += dt.timedelta(days=1)
        return found


@pytest.fixture
def days(province: str, postbox: Any, monkeypatch: pytest.MonkeyPatch) -> Days:
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-11-01")
    return Days(postbox, monkeypatch)


def submissions(
    warehouse: psycopg.Connection, columns: str = "period_key, state", obligation: str = "monthly_byt"
) -> list[Any]:
    """Columns of an obligation's rows on the board, and `due_on`, by period."""
    with warehouse.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "SELECT *, (due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date::text AS due_on FROM reporting.board"
            " WHERE obligation = %s ORDER BY period_to",
            [obligation],
        ).fetchall()
    return [tuple(row[column] for column in columns.split(", ")) for row in found]


def delivered(warehouse: psycopg.Connection, key: str, at: str, obligation: str = "monthly_byt") -> None:
    warehouse.execute(
        "UPDATE reporting.submission SET state = 'delivered', state_since = %(at)s, delivered_at = %(at)s,"
        " late = %(at)s > due_at WHERE period_key = %(key)s AND obligation = %(obligation)s",
        {"key": key, "at": f"{at}+07:00", "obligation": obligation},
    )


# What is expected ---------------------------------------------------------------------------------------------------------


def test_periods_stand_before_any_run(days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-11-21")
    assert reporting.expect("lang_son")["periods"] == 5
    rows = warehouse.execute(
        "SELECT obligation, period_key, (due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date::text, standing FROM reporting.board"
        " ORDER BY due_at, obligation"
    ).fetchall()
    # October ended before the province joined, and was due after it: it is made, and never late.
    assert rows == [
        ("monthly_byt", "2026-10", "2026-11-04", "before_joining"),
        ("annual_dang_uy", "2026", "2026-12-04", "open"),
        ("monthly_byt", "2026-11", "2026-12-04", "open"),
        ("monthly_byt", "2026-12", "2027-01-04", "open"),
        # Of next year what has begun: its annual period began on 15 November.
        ("annual_dang_uy", "2027", "2027-12-04", "open"),
    ]
    before = warehouse.execute("SELECT count(*) FROM reporting.submission_step").fetchone()
    reporting.expect("lang_son")
    assert warehouse.execute("SELECT count(*) FROM reporting.submission_step").fetchone() == before
    assert {row["state"] for row in reporting.status("lang_son")} == {None}


def test_a_new_year_brings_its_periods_and_none_is_lost(days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-12-31")
    reporting.expect("lang_son")
    assert [key for key, _ in submissions(warehouse)] == ["2026-10", "2026-11", "2026-12"]
    # 17:00 UTC on the last day of the year is the new year in Vietnam.
    days.patch.setenv("SANGLOC_NOW", "2026-12-31T17:00:00+00:00")
    reporting.expect("lang_son")
    keys = [key for key, _ in submissions(warehouse)]
    assert keys == ["2026-10", "2026-11", "2026-12", *(f"2027-{month:02}" for month in range(1, 13))]


def test_a_province_that_joins_in_mid_period_owes_that_period(days: Days, warehouse: psycopg.Connection) -> None:
    days.patch.setenv("SANGLOC_JOINED_ON", "2026-11-16")
    days.at("2026-11-16")
    reporting.expect("lang_son")
    assert submissions(warehouse, "period_key, before_joining") == [("2026-11", False), ("2026-12", False)]
    # The annual period ended on 14 November, two days before; its report is still due, and cannot be late.
    assert submissions(warehouse, "period_key, before_joining", "annual_dang_uy") == [("2026", True), ("2027", False)]
    days.mails()
    assert days.through("2026-12-03", "2026-12-06", "annual_dang_uy") == []
    assert [(day, begin) for day, begin, _ in days.through("2026-12-05", "2026-12-05", "monthly_byt")] == []


def test_what_nothing_was_done_about_follows_the_profile(
    days: Days, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    days.at("2026-12-02")
    reporting.expect("lang_son")
    opened = reporting.open_submission("lang_son", "monthly_byt", "run", "2026-11")
    profile = provinces.load("lang_son")
    monthly = profile.obligation("monthly_byt")
    due = monthly.due.model_copy(update={"day": 10})
    profile = profile.model_copy(update={"obligations": [monthly.model_copy(update={"due": due})]})
    monkeypatch.setattr(provinces, "load", lambda _slug: profile)
    monkeypatch.setattr("sangloc.provinces.registry.load", lambda _slug: profile)
    reporting.expect("lang_son")
    found = dict(submissions(warehouse, "period_key, due_on"))
    # The one that was begun keeps what it was begun with.
    assert (found["2026-11"], found["2026-12"]) == ("2026-12-04", "2027-01-09")
    assert submissions(warehouse, obligation="annual_dang_uy") == []
    assert reporting.open_submission("lang_son", "monthly_byt", "run", "2026-11") == opened


def test_units_owe_their_figures_by_their_own_day(days: Days, warehouse: psycopg.Connection) -> None:
    warehouse.execute(
        "INSERT INTO ref.province (code, slug, name, population, population_source, joined_on)"
        " VALUES ('31', 'hai_phong', 'x', 1, 'x', '2026-01-01')"
    )
    warehouse.execute("INSERT INTO ref.facility (code, name, province_code) VALUES ('31001', NULL, '31'), ('20001', 'A', '20')")
    days.at("2026-12-15")
    for slug in ("lang_son", "hai_phong"):
        reporting.expect(slug)
    rows = warehouse.execute(
        "SELECT b.obligation, b.period_key, i.input, i.expected::int, i.received::int,"
        " (i.due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::text"
        " FROM reporting.board_input i JOIN reporting.board b USING (submission_id) ORDER BY 1, 2, 3"
    ).fetchall()
    assert rows == [
        ("annual_dang_uy", "2026", "communes", 65, 0, "2026-11-19 23:59:59.999999"),
        ("annual_dang_uy", "2026", "departments", 3, 0, "2026-11-23 23:59:59.999999"),
        # Of a period that has begun; those of next year's quarters ask nobody yet.
        ("annual_dang_uy", "2027", "communes", 65, 0, "2027-11-18 23:59:59.999999"),
        ("annual_dang_uy", "2027", "departments", 3, 0, "2027-11-22 23:59:59.999999"),
        ("quarterly_ubnd", "2026-Q4", "communes", 114, 0, "2027-01-04 23:59:59.999999"),
        ("quarterly_ubnd", "2026-Q4", "facilities", 1, 0, "2027-01-04 23:59:59.999999"),
    ]
    # Of a unit whose figures came the row stays as it is; what came late stays late.
    warehouse.execute(
        "UPDATE reporting.input_due SET received_at = CASE unit WHEN 'cong_an' THEN timestamptz '2026-11-23 23:59:59+07'"
        " ELSE '2026-11-24 00:00:00+07' END WHERE input = 'departments' AND unit <> 'so_tai_chinh'"
    )
    reporting.expect("lang_son")
    (found,) = [row for row in reporting.board("lang_son", 2026) if row["obligation"] == "annual_dang_uy"]
    assert [(owed["expected"], owed["received"], owed["in_time"]) for owed in found["inputs"]] == [(65, 0, 0), (3, 2, 1)]


# Reminders ----------------------------------------------------------------------------------------------------------------


def test_a_month_that_nobody_reports_on(days: Days, warehouse: psycopg.Connection) -> None:
    """The report's DAG is paused or was never there: the watch alone tells, each thing once."""
    found = days.through("2026-11-18", "2026-12-14", "monthly_byt.2026-11")
    assert found == [
        ("2026-11-19", "Còn 10 ngày làm việc", ("officer",)),
        ("2026-11-27", "Còn 5 ngày làm việc", ("officer",)),
        # The period is over and nothing was compiled: not a day is lost until the next reminder.
        ("2026-12-01", "Chưa lập được", ("engineer", "officer")),
        ("2026-12-02", "Còn 2 ngày làm việc", ("officer", "deputy", "engineer")),
        ("2026-12-03", "Còn 1 ngày làm việc", ("officer", "deputy", "engineer")),
        ("2026-12-05", "QUÁ HẠN 7 giờ", ("officer", "deputy", "engineer")),
        ("2026-12-08", "QUÁ HẠN 3 ngày 7 giờ", ("officer", "deputy", "engineer", "superior")),
        ("2026-12-11", "QUÁ HẠN 6 ngày 7 giờ", ("officer", "deputy", "engineer", "superior")),
    ]
    assert submissions(warehouse, "period_key, state, standing, days_late")[1] == ("2026-11", "expected", "overdue", 10)
    assert warehouse.execute("SELECT count(*) FROM reporting.outbox WHERE state <> 'sent'").fetchone() == (0,)


def test_nobody_is_told_of_a_report_that_has_gone_out(days: Days, warehouse: psycopg.Connection) -> None:
    assert len(days.through("2026-11-30", "2026-12-02", "monthly_byt.2026-11")) == 3
    delivered(warehouse, "2026-11", "2026-12-02T16:00:00")
    assert days.through("2026-12-03", "2026-12-12", "monthly_byt.2026-11") == []


@pytest.mark.parametrize(
    ("key", "first", "last", "expected"),
    [
        # Giỗ Tổ: the due day itself is off, so the last reminder comes the working day before it.
        (
            "2028-03",
            "2028-03-30",
            "2028-04-06",
            [
                ("2028-03-30", "Còn 2 ngày làm việc"),
                ("2028-03-31", "Còn 1 ngày làm việc"),
                ("2028-04-01", "Chưa lập được"),
                ("2028-04-03", "Đến hạn trong ngày nghỉ"),
                ("2028-04-05", "QUÁ HẠN 7 giờ"),
                ("2028-04-06", "QUÁ HẠN 1 ngày 7 giờ"),
            ],
        ),
        # Tết 2030: due on the 4th of February, and offices are closed from 31 January to 6 February.
        (
            "2030-01",
            "2030-01-29",
            "2030-02-08",
            [
                ("2030-01-29", "Còn 1 ngày làm việc"),
                ("2030-01-30", "Đến hạn trong ngày nghỉ"),
                ("2030-02-01", "Chưa lập được"),
                ("2030-02-05", "QUÁ HẠN 7 giờ"),
                ("2030-02-08", "QUÁ HẠN 3 ngày 7 giờ"),
            ],
        ),
        # February with a 29th: it belongs to the period, which ends after it.
        ("2028-02", "2028-02-29", "2028-03-02", [("2028-02-29", "Còn 3 ngày làm việc"), ("2028-03-01", "Chưa lập được"),
                                                 ("2028-03-02", "Còn 1 ngày làm việc")]),
        # Year end: due on Monday 4 January, after a day off and a weekend.
        ("2026-12", "2026-12-31", "2027-01-05", [("2026-12-31", "Còn 1 ngày làm việc"), ("2027-01-01", "Chưa lập được"),
                                                 ("2027-01-05", "QUÁ HẠN 7 giờ")]),
    ],
)  # fmt: skip
def test_reminders_around_days_off(
    days: Days, key: str, first: str, last: str, expected: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGLOC_JOINED_ON", f"{key}-01")
    found = days.through(first, last, f"monthly_byt.{key}.")
    assert [(day, begin) for day, begin, _ in found] == expected


def test_what_a_reminder_says(days: Days, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080/")
    days.at("2026-11-20")
    days.watch()
    # On one line, however long, and lines no longer than SMTP allows.
    raw = [envelope.content for envelope in days.postbox.mails]
    own = re.compile(
        rb"\r\nMessage-ID: <lang_son\.watch\.annual_dang_uy\.2026\.before-10\.[0-9a-f]{12}@syt\.langson\.example>\r\n"
    )
    assert any(own.search(content) for content in raw)
    assert all(len(line) <= 998 for content in raw for line in content.split(b"\r\n"))
    monthly = {subject: text for subject, text, _ in days.mails()}
    assert [subject for subject in monthly if "tháng 11" in subject] == [
        "[Tỉnh Lạng Sơn] Còn 9 ngày làm việc: Báo cáo tháng gửi Bộ Y tế về khám sức khỏe định kỳ, khám sàng lọc miễn phí"
        " – tháng 11 năm 2026"
    ]
    (text,) = [text for subject, text in monthly.items() if "tháng 11" in subject]
    assert "- Chưa đến lúc lập: kỳ báo cáo kết thúc ngày 30/11/2026" in text
    assert "- Hạn gửi: 23:59 ngày 04/12/2026 (thứ Sáu)\n- Nên gửi trong ngày: 04/12/2026 (thứ Sáu)" in text
    assert "(biết qua nguồn thứ cấp, chưa đối chiếu văn bản)" in text
    (text,) = [text for subject, text in monthly.items() if "Đảng ủy" in subject]
    assert "tại xã, phường: đã nhận 0/65, hạn 19/11/2026 – QUÁ HẠN, còn thiếu 65\n" in text
    assert "của các sở, ngành: đã nhận 0/3, hạn 23/11/2026\n" in text
    assert "Kỹ sư: mở quy trình lang_son__report_annual_dang_uy" in text
    assert "\n\n\n" not in text


# Catching up --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weeks", [2, 10])
def test_after_downtime_each_missed_period_is_told_once(days: Days, warehouse: psycopg.Connection, weeks: int) -> None:
    days.at("2026-11-25")
    days.watch()
    days.mails()
    back = dt.date(2026, 11, 29) + dt.timedelta(weeks=weeks)
    found = days.through(str(back), str(back))
    late = sorted(begin for _, begin, _ in found if "QUÁ HẠN" in begin)
    owed = [key for key, day in (("2026-11", "2026-12-04"), ("2026", "2026-12-04"), ("2026-12", "2027-01-04"),
                                 ("2027-01", "2027-02-04")) if dt.date.fromisoformat(day) < back]  # fmt: skip
    assert len(late) == len(owed) == (2 if weeks == 2 else 4)
    assert all("superior" in to for _, begin, to in found if begin.startswith("QUÁ HẠN 9"))
    rows = warehouse.execute("SELECT period_key, standing, days_late FROM reporting.board WHERE due_at < %s", [back]).fetchall()
    assert {key: (standing, late) for key, standing, late in rows if standing != "before_joining"} == {
        key: ("overdue", (back - dt.date.fromisoformat(day)).days)
        for key, day in (
            ("2026-11", "2026-12-04"),
            ("2026", "2026-12-04"),
            ("2026-12", "2027-01-04"),
            ("2027-01", "2027-02-04"),
        )
        if key in owed
    }


def test_a_report_made_after_downtime_is_late_by_how_much(rows: Any, days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-12-20")
    days.watch()
    number = reporting.open_submission("lang_son", "monthly_byt", "catching up", "2026-11")
    reporting.take_snapshot(number)
    reporting.render(number)
    reporting.request_review(number)
    reporting.record_decision(number, "approve", "officer", None)
    reporting.enqueue_delivery(number)
    assert reporting.deliver(number, "delivery")["late"] is True
    found = submissions(warehouse, "period_key, standing, days_late, late_by")[1]
    assert found == ("2026-11", "late", 16, dt.timedelta(days=15, hours=7, microseconds=1))


# Standing still, waiting, doubt -----------------------------------------------------------------------------------------


def test_a_run_that_failed_is_told_once_for_each_place_it_stopped(days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-12-01T01:00:00")
    days.watch()
    number = reporting.open_submission("lang_son", "monthly_byt", "run", "2026-11")
    days.mails()
    days.at("2026-12-01T05:59:00")
    assert days.watch()["sent"] == 0
    days.at("2026-12-01T06:00:00")
    days.watch()
    ((subject, text, to),) = days.mails("monthly_byt.2026-11")
    assert subject.startswith("[Tỉnh Lạng Sơn] Chưa lập được: ") and to == ("engineer", "officer")
    assert "Đang tổng hợp số liệu từ 01:00 ngày 01/12/2026" in text and "lang_son__report_monthly_byt" in text
    # The reminder of the next day says it too; then a new place, a new mail.
    assert [begin for _, begin, _ in days.through("2026-12-02", "2026-12-02", "monthly_byt.2026-11")] == ["Còn 2 ngày làm việc"]
    warehouse.execute(
        "UPDATE reporting.submission SET state = 'sending', state_since = '2026-12-02 08:00+07' WHERE submission_id = %s",
        [number],
    )
    days.at("2026-12-02T13:00:00")
    days.watch()
    assert [subject.split("] ")[1].split(":")[0] for subject, _, _ in days.mails("monthly_byt.2026-11")] == ["Chưa gửi được"]
    days.at("2026-12-02T18:00:00")
    assert days.watch()["sent"] == 0


def test_the_deputy_is_asked_after_the_profiles_hours(days: Days, warehouse: psycopg.Connection, rows: Any) -> None:
    days.at("2026-12-01T02:00:00")
    days.watch()
    number = reporting.open_submission("lang_son", "monthly_byt", "run", "2026-11")
    reporting.take_snapshot(number)
    reporting.render(number)
    reporting.request_review(number)
    days.mails()
    days.at("2026-12-02T01:59:00")
    days.watch()
    assert [to for _, _, to in days.mails("deputy")] == []
    days.at("2026-12-02T07:00:00")
    for _ in range(2):
        days.watch()
    ((subject, text, to),) = days.mails("deputy")
    assert "Chờ phê duyệt 1 ngày 5 giờ" in subject and to == ("deputy", "officer")
    assert "Required Actions" in text
    # The question expires on 31 December at 02:00; the engineer has to start the report anew, and hears of it once.
    days.through("2026-12-10", "2026-12-12", "monthly_byt.2026-11")
    days.at("2026-12-31T06:59:00")
    days.watch()
    assert days.mails("monthly_byt.2026-11") == []
    days.at("2026-12-31T07:00:00")
    for _ in range(2):
        days.watch()
    ((subject, text, to),) = days.mails("monthly_byt.2026-11")
    assert "Quá thời gian chờ phê duyệt: " in subject and to == ("engineer", "officer")
    assert "hết thời gian chờ mà chưa có ý kiến phê duyệt" in text and "Required Actions" not in text
    assert "Kỹ sư: chạy lại quy trình lang_son__report_monthly_byt" in text


def test_an_ad_hoc_report_is_watched_by_the_hour(days: Days, warehouse: psycopg.Connection) -> None:
    facts = {"kind": "misinformation", "area": "20", "summary": "Tin đồn sai về việc thu phí khám."}
    days.at("2026-12-07T09:00:00")
    days.watch()
    days.mails()
    reporting.open_submission("lang_son", "incident", "by hand", incident=facts)
    found = []
    for hour in range(9, 60):
        time = f"{7 + hour // 24:02} {hour % 24:02}h15"
        days.at(f"2026-12-{time[:2]}T{time[3:5]}:15:00")
        reporting.each_hour("lang_son")
        found += [(time, subject.split("] ")[1].split(":")[0], len(to)) for subject, _, to in days.mails()]
    # Each step within the hour; and of the work that stands still, once.
    assert found == [
        ("07 09h15", "Còn 23 giờ", 1),
        ("07 14h15", "Chưa lập được", 2),
        ("08 05h15", "Còn 3 giờ", 3),
        ("08 09h15", "QUÁ HẠN dưới 1 giờ", 4),
        ("09 09h15", "QUÁ HẠN 1 ngày", 4),
    ]


def test_the_hour_does_not_bring_what_belongs_to_the_morning(days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-12-01T07:00:00")
    days.watch()
    days.mails()
    # A step begins at midnight, and is mailed at seven.
    for hour in range(0, 7):
        days.at(f"2026-12-02T{hour:02}:15:00")
        assert reporting.each_hour("lang_son")["sent"] == 0
    days.at("2026-12-02T07:00:00")
    assert days.watch()["sent"] > 0


def test_a_mail_in_doubt_reaches_a_person(days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-11-28")
    days.watch()
    days.mails()
    warehouse.execute("UPDATE reporting.outbox SET state = 'sending' WHERE topic LIKE '%monthly_byt.2026-11.before-5'")
    days.at("2026-11-28T07:30:00")
    with pytest.raises(DeliveryUncertainError, match=r"watch\.monthly_byt\.2026-11\.before-5\."):
        days.watch()
    ((subject, text, to),) = days.mails()
    assert subject.startswith("[Tỉnh Lạng Sơn] Không rõ thư đã đi hay chưa: ") and to == ("engineer", "officer")
    doubtful = reporting.mails_in_trouble()[0]
    assert f'"sangloc mails {doubtful["outbox_id"]} --arrived"' in text
    assert days.watch()["sent"] == 0
    for mail in reporting.mails_in_trouble():
        reporting.settle_mail(mail["outbox_id"], False, "engineer")
    days.watch()
    assert [subject.split("] ")[1][:7] for subject, _, _ in days.mails()] == ["Còn 5 n"]


def test_a_report_left_as_being_sent_is_in_doubt_too(days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-12-02T08:00:00")
    days.watch()
    number = reporting.open_submission("lang_son", "monthly_byt", "run", "2026-11")
    warehouse.execute(
        "INSERT INTO reporting.outbox (submission_id, version, purpose, topic, recipient, message_id, subject, body,"
        " document_ids, content_hash, state, created_at, sent_at) VALUES (%s, 1, 'delivery', 'x', 'a@b.example', '<x@y>',"
        " 'Báo cáo', 'x', '{}', repeat('0', 64), 'sending', '2026-12-02 07:00+07', '2026-12-02 07:30+07')",
        [number],
    )
    days.mails()
    days.watch()
    assert days.mails("in-doubt") == []
    days.at("2026-12-02T08:31:00")
    days.watch()
    ((_, text, _),) = days.mails("in-doubt")
    (doubtful,) = reporting.mails_in_trouble()
    assert f'"sangloc mails {doubtful["outbox_id"]} --arrived"' in text


# A mail server in trouble -----------------------------------------------------------------------------------------------


def test_a_reminder_that_could_not_go_out_gives_way_to_the_next(days: Days, warehouse: psycopg.Connection) -> None:
    days.at("2026-11-27")
    days.postbox.answer = "451 later"
    with pytest.raises(DeliveryFailedError):
        days.watch()
    assert days.mails() == []
    days.at("2026-12-02")
    days.postbox.answer = "250 OK"
    days.watch()
    assert [subject.split("] ")[1].split(":")[0] for subject, _, _ in days.mails("monthly_byt.2026-11")] == [
        "Còn 2 ngày làm việc"
    ]
    states = warehouse.execute(
        "SELECT split_part(topic, '.', 5), state FROM reporting.outbox"
        " WHERE topic LIKE '%monthly_byt.2026-11.%' ORDER BY outbox_id"
    ).fetchall()
    assert states == [("before-5", "withdrawn"), *[("before-2", "sent")] * 3]


def test_a_refused_address_keeps_nobody_elses_mail_back_and_is_told(days: Days, warehouse: psycopg.Connection) -> None:
    deputy = CONTACTS["lang_son"]["deputy"]
    days.postbox.refuse = {deputy: "550 no such user"}
    days.at("2026-12-02")
    with pytest.raises(ConfigurationError, match=f"refuses {re.escape(deputy)} for good .code 550"):
        days.watch()
    mails = days.mails()
    (reminder,) = [mail for mail in mails if mail[0].startswith("[Tỉnh Lạng Sơn] Còn 2 ngày làm việc: Báo cáo tháng")]
    assert reminder[2] == ("officer", "engineer")
    told = [mail for mail in mails if "BỊ TỪ CHỐI" in mail[0] and "Báo cáo tháng" in mail[0]]
    assert [to for _, _, to in told] == [("engineer", "officer")]
    assert f"- Nơi nhận: {deputy}\n- Mã từ chối: 550\n" in told[0][1]
    # Nobody asks the server again, and nobody is told again, until a person has mended it.
    for hour in range(8, 14):
        days.at(f"2026-12-02T{hour:02}:15:00")
        assert reporting.each_hour("lang_son")["sent"] == 0
    assert days.watch()["sent"] == 0 and days.mails() == []
    days.postbox.refuse = {}
    for mail in reporting.mails_in_trouble():
        if ".monthly_byt.2026-11." in mail["message_id"]:
            reporting.settle_mail(mail["outbox_id"], False, "engineer")
    reporting.each_hour("lang_son")
    assert [to for _, _, to in days.mails("monthly_byt.2026-11")] == [("deputy",)]


def test_two_watches_at_once_send_one_mail(days: Days, warehouse: psycopg.Connection) -> None:
    import threading

    days.at("2026-11-19")
    reporting.expect("lang_son")
    problems: list[BaseException] = []

    def work() -> None:
        try:
            reporting.remind("lang_son")
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    found = [subject for subject, _, _ in days.mails()]
    assert len(found) == len(set(found)) == 2
