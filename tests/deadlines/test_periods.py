"""Periods and due dates of the real profiles, and of variants of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sangloc import deadlines, provinces
from sangloc.errors import ConfigurationError
from sangloc.provinces import Obligation

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def owed(slug: str, identifier: str, **changes: Any) -> Obligation:
    data = provinces.load(slug).obligation(identifier).model_dump()
    return Obligation.model_validate({**data, **changes})


def vietnam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


QUARTERLY = ("hai_phong", "quarterly_ubnd")
MONTHLY = ("lang_son", "monthly_byt")
ANNUAL = ("lang_son", "annual_dang_uy")


@pytest.mark.parametrize(
    ("key", "starts", "ends", "last_day", "aim"),
    [
        ("2026-Q2", "2026-04-01", "2026-06-30", "2026-07-04", "2026-07-03"),  # Saturday
        ("2026-Q3", "2026-07-01", "2026-09-30", "2026-10-04", "2026-10-02"),  # Sunday
        ("2026-Q4", "2026-10-01", "2026-12-31", "2027-01-04", "2027-01-04"),  # year end; Monday
        ("2027-Q1", "2027-01-01", "2027-03-31", "2027-04-04", "2027-04-02"),  # Sunday
        ("2027-Q3", "2027-07-01", "2027-09-30", "2027-10-04", "2027-10-04"),
        ("2028-Q1", "2028-01-01", "2028-03-31", "2028-04-04", "2028-04-03"),  # Giỗ Tổ
    ],
)
def test_quarterly_report_of_hai_phong(key: str, starts: str, ends: str, last_day: str, aim: str) -> None:
    obligation = owed(*QUARTERLY)
    period = deadlines.period_of_key(obligation, key)
    assert (period.starts.isoformat(), period.ends.isoformat()) == (starts, ends)
    due = deadlines.due(obligation, period)
    assert due.legal_on.isoformat() == last_day
    assert due.aim_on.isoformat() == aim
    assert due.legal_at < vietnam(last_day) + timedelta(days=1)
    assert due.legal_at > vietnam(last_day + "T23:59:59")


def test_annual_report_of_lang_son_runs_from_mid_november() -> None:
    obligation = owed(*ANNUAL)
    period = deadlines.first_period(obligation)
    assert period is not None
    assert (period.key, period.starts, period.ends) == ("2026", date(2025, 11, 15), date(2026, 11, 14))
    assert period.label == "năm 2026 (từ 15/11/2025 đến 14/11/2026)"
    assert deadlines.due(obligation, period).legal_on == date(2026, 12, 4)
    following = deadlines.next_period(obligation, period)
    assert following is not None
    assert (following.key, following.starts) == ("2027", date(2026, 11, 15))
    # 4 December 2027 is a Saturday.
    assert deadlines.due(obligation, following).aim_on == date(2027, 12, 3)


def test_progress_report_of_thai_nguyen_is_due_in_the_month_its_period_ends() -> None:
    obligation = owed("thai_nguyen", "annual_progress")
    period = deadlines.period_of_key(obligation, "2026")
    assert (period.starts, period.ends) == (date(2025, 12, 15), date(2026, 12, 14))
    assert deadlines.due(obligation, period).legal_on == date(2026, 12, 24)


def test_one_off_milestones_of_hai_phong() -> None:
    plan, guidance = owed("hai_phong", "plan_2026"), owed("hai_phong", "school_guidance_2026")
    only = deadlines.first_period(plan)
    assert only is not None
    assert deadlines.due(plan, only).legal_on == date(2026, 5, 14)
    assert deadlines.next_period(plan, only) is None
    assert deadlines.latest_ended_period(plan, date(2026, 5, 11)) is None
    assert deadlines.latest_ended_period(plan, date(2026, 5, 12)) == only
    # "Trong tháng 6" ends with the 30th.
    second = deadlines.first_period(guidance)
    assert second is not None
    assert deadlines.due(guidance, second).legal_on == date(2026, 6, 30)
    assert list(deadlines.periods(guidance, date(2026, 1, 1), date(2026, 12, 31))) == [second]
    assert list(deadlines.periods(guidance, date(2026, 7, 1), date(2026, 12, 31))) == []


def test_readings_of_truoc_ngay_05() -> None:
    inclusive = owed(*QUARTERLY, due={"kind": "day_of_month", "day": 5, "month_offset": 1, "reading": "inclusive"})
    period = deadlines.period_of_key(inclusive, "2026-Q3")
    assert deadlines.due(inclusive, period).legal_on == date(2026, 10, 5)
    assert deadlines.due(owed(*QUARTERLY), period).legal_on == date(2026, 10, 4)


def test_rule_next_moves_the_deadline_itself() -> None:
    obligation = owed(*QUARTERLY, working_day_rule="next")
    due = deadlines.due(obligation, deadlines.period_of_key(obligation, "2028-Q1"))
    assert (due.legal_on, due.aim_on) == (date(2028, 4, 5), date(2028, 4, 5))


def test_no_working_day_between_cut_off_and_deadline() -> None:
    # January 2030: the month ends on a Thursday, and Tết takes 1 to 5 February.
    obligation = owed(*MONTHLY)
    period = deadlines.period_of_key(obligation, "2030-01")
    due = deadlines.due(obligation, period)
    assert not list(deadlines.working_days(date(2030, 2, 1), due.legal_on))
    assert due.legal_on == date(2030, 2, 4)
    assert due.aim_on == date(2030, 2, 1)


@pytest.mark.parametrize(
    ("day", "reading", "february", "leap", "april"),
    [
        (29, "inclusive", "2027-02-28", "2028-02-29", "2027-04-29"),
        (31, "inclusive", "2027-02-28", "2028-02-29", "2027-04-30"),
        (31, "strict", "2027-02-28", "2028-02-29", "2027-04-30"),
        (30, "strict", "2027-02-28", "2028-02-29", "2027-04-29"),
        (1, "strict", "2027-01-31", "2028-01-31", "2027-03-31"),
    ],
)
def test_due_days_at_the_end_of_short_months(day: int, reading: str, february: str, leap: str, april: str) -> None:
    offset = 1 if day > 1 else 2
    obligation = owed(*MONTHLY, due={"kind": "day_of_month", "day": day, "month_offset": offset, "reading": reading})
    months = ("2027-01", "2028-01", "2027-03") if offset == 1 else ("2026-12", "2027-12", "2027-02")
    for key, expected in zip(months, (february, leap, april), strict=True):
        assert deadlines.due(obligation, deadlines.period_of_key(obligation, key)).legal_on.isoformat() == expected


def test_months_of_a_leap_year() -> None:
    period = deadlines.period_at(owed(*MONTHLY), date(2028, 2, 29))
    assert period is not None
    assert (period.starts, period.ends) == (date(2028, 2, 1), date(2028, 2, 29))


@pytest.mark.parametrize(
    ("cadence", "cutoff", "day", "starts", "ends", "key"),
    [
        ("monthly", {"from_day": 15, "to_day": 14}, "2027-01-14", "2026-12-15", "2027-01-14", "2027-01"),
        ("monthly", {"from_day": 15, "to_day": 14}, "2026-12-15", "2026-12-15", "2027-01-14", "2027-01"),
        ("monthly", {"from_day": 28, "to_day": 27}, "2028-02-29", "2028-02-28", "2028-03-27", "2028-03"),
        ("quarterly", {"from_day": 15, "to_day": 14}, "2026-12-15", "2026-12-15", "2027-03-14", "2027-Q1"),
        ("quarterly", {"from_day": 15, "to_day": 14}, "2026-12-14", "2026-09-15", "2026-12-14", "2026-Q4"),
        ("school_year", None, "2026-09-01", "2026-09-01", "2027-08-31", "2026-2027"),
        ("school_year", None, "2027-08-31", "2026-09-01", "2027-08-31", "2026-2027"),
        ("annual", None, "2026-12-31", "2026-01-01", "2026-12-31", "2026"),
    ],
)
def test_cut_off_rules(cadence: str, cutoff: dict[str, int] | None, day: str, starts: str, ends: str, key: str) -> None:
    rule = {"kind": "shifted", **cutoff} if cutoff else {"kind": "calendar"}
    obligation = owed(*MONTHLY, cadence=cadence, cutoff=rule, since=date(2026, 1, 1))
    period = deadlines.period_at(obligation, date.fromisoformat(day))
    assert period is not None
    assert (period.starts.isoformat(), period.ends.isoformat(), period.key) == (starts, ends, key)
    assert deadlines.period_of_key(obligation, key) == period
    assert deadlines.period_at(obligation, period.starts) == deadlines.period_at(obligation, period.ends) == period


@pytest.mark.parametrize("identifier", [QUARTERLY, MONTHLY, ANNUAL])
def test_periods_follow_each_other_without_gap(identifier: tuple[str, str]) -> None:
    obligation = owed(*identifier)
    found = list(deadlines.periods(obligation, date(2026, 1, 1), date(2040, 12, 31)))
    for before, after in pairwise(found):
        assert after.starts == before.ends + timedelta(days=1)
        assert deadlines.next_period(obligation, before) == after
        assert deadlines.previous_period(obligation, after) == before
    assert len({period.key for period in found}) == len(found)
    assert deadlines.previous_period(obligation, found[0]) is None
    for period in found:
        assert period.ends < deadlines.due(obligation, period).aim_on <= deadlines.due(obligation, period).legal_on


def test_nothing_is_owed_before_the_duty_began() -> None:
    obligation = owed(*MONTHLY)
    assert deadlines.period_at(obligation, date(2026, 8, 31)) is None
    assert deadlines.latest_ended_period(obligation, date(2026, 9, 30)) is None
    for key in ("2026-08", "2026-13", "2026-Q3", "nonsense", "2026"):
        with pytest.raises(ConfigurationError, match="has no period"):
            deadlines.period_of_key(obligation, key)


def test_vietnamese_midnight_ends_a_period() -> None:
    obligation = owed(*QUARTERLY)
    period = deadlines.period_of_key(obligation, "2026-Q3")
    assert period.ends_at.astimezone(UTC) == datetime(2026, 9, 30, 17, tzinfo=UTC)
    assert deadlines.due(obligation, period).legal_at.astimezone(UTC).date() == date(2026, 10, 4)
    joined = date(2026, 1, 1)
    # 17:30 UTC on the 4th is the 5th in Vietnam.
    for sent, expected in (
        (datetime(2026, 10, 4, 16, 59, tzinfo=UTC), "in_time"),
        (datetime(2026, 10, 4, 17, 30, tzinfo=UTC), "late"),
    ):
        assert deadlines.lateness(obligation, period, joined, sent, sent) == expected
    assert deadlines.lateness(obligation, period, joined, vietnam("2026-10-04T23:59"), None) == "open"
    assert deadlines.lateness(obligation, period, joined, vietnam("2026-10-05T00:00"), None) == "overdue"


@pytest.mark.parametrize(
    ("joined", "expected"),
    [
        ("2026-10-01", "before_joining"),  # the day after the quarter
        ("2026-09-30", "overdue"),  # its last day
        ("2026-08-15", "overdue"),  # in the middle of it
    ],
)
def test_periods_that_ended_before_the_province_joined_are_never_late(joined: str, expected: str) -> None:
    obligation = owed(*QUARTERLY)
    period = deadlines.period_of_key(obligation, "2026-Q3")
    day = date.fromisoformat(joined)
    assert deadlines.lateness(obligation, period, day, vietnam("2027-06-01T00:00"), None) == expected
    late = "before_joining" if expected == "before_joining" else "late"
    assert deadlines.lateness(obligation, period, day, vietnam("2027-06-01T00:00"), vietnam("2027-05-01T00:00")) == late


def test_ad_hoc_report_is_due_hours_after_its_start() -> None:
    obligation = owed("lang_son", "incident")
    # 18:30 UTC on the 20th is 01:30 on the 21st in Vietnam.
    period = deadlines.ad_hoc_period(datetime(2026, 11, 20, 18, 30, 59, tzinfo=UTC))
    assert (period.key, period.starts) == ("20261121T0130", date(2026, 11, 21))
    assert deadlines.due(obligation, period).legal_at == vietnam("2026-11-22T01:30")
    assert deadlines.period_of_key(obligation, period.key) == period
    assert deadlines.first_period(obligation) is None
    assert deadlines.latest_ended_period(obligation, date(2026, 12, 1)) is None
    assert list(deadlines.periods(obligation, date(2026, 1, 1), date(2027, 1, 1))) == []


def test_the_period_of_a_run() -> None:
    obligation = owed(*QUARTERLY)
    third, second = (deadlines.period_of_key(obligation, key) for key in ("2026-Q3", "2026-Q2"))
    now = datetime(2026, 11, 21, 1, tzinfo=UTC)
    assert deadlines.period_for_run(obligation, now) == third
    # The data interval decides, and begins at 17:00 UTC of the day before.
    assert deadlines.period_for_run(obligation, now, datetime(2026, 3, 31, 17, tzinfo=UTC)) == second
    with pytest.raises(ConfigurationError, match="outside every period"):
        deadlines.period_for_run(obligation, now, datetime(2025, 1, 1, tzinfo=UTC))
    incident = owed("lang_son", "incident")
    assert deadlines.period_for_run(incident, now).key == "20261121T0800"
