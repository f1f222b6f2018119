"""When reminders and escalation come, and when figures from below are due, on the days that are easily got wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sangloc import deadlines, provinces
from sangloc.provinces import Obligation

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def owed(slug: str, identifier: str, **changes: Any) -> Obligation:
    data = provinces.load(slug).obligation(identifier).model_dump()
    return Obligation.model_validate({**data, **changes})


def days(obligation: Obligation, key: str) -> dict[str, str]:
    legal_at = deadlines.due(obligation, deadlines.period_of_key(obligation, key)).legal_at
    found = deadlines.steps(obligation, legal_at)
    assert all(step.at == step.at.astimezone(VIETNAM).replace(hour=0, minute=0) for step in found)
    assert [step.overdue for step in found] == [step.at > legal_at for step in found]
    return {step.name: f"{step.at:%Y-%m-%d}" for step in found}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # Due on Friday 4 December 2026; 24 November is Ngày Văn hóa Việt Nam, a day off.
        ("2026-11", ["2026-11-19", "2026-11-27", "2026-12-02", "2026-12-03", "2026-12-05", "2026-12-08", "2026-12-11"]),
        # Year end: due Monday 4 January 2027, with 1 January off.
        ("2026-12", ["2026-12-18", "2026-12-25", "2026-12-30", "2026-12-31", "2027-01-05", "2027-01-06", "2027-01-11"]),
        # Giỗ Tổ: due Tuesday 4 April 2028, the 10th day of the third lunar month, a day off.
        ("2028-03", ["2028-03-21", "2028-03-28", "2028-03-31", "2028-04-03", "2028-04-05", "2028-04-06", "2028-04-11"]),
        # The leap day counts as the working day it is: due Saturday 4 March 2028.
        ("2028-02", ["2028-02-21", "2028-02-28", "2028-03-02", "2028-03-03", "2028-03-05", "2028-03-07", "2028-03-10"]),
    ],
)
def test_the_days_of_the_monthly_report(key: str, expected: list[str]) -> None:
    names = ["before-10", "before-5", "before-2", "before-1", "after-0", "after-2", "after-5"]
    assert days(owed("lang_son", "monthly_byt"), key) == dict(zip(names, expected, strict=True))


def test_at_tet_the_last_reminder_comes_before_the_offices_close() -> None:
    # Tết of 2030 takes 31 January to 6 February, and the January report is due on the 4th, within it.
    obligation = owed("lang_son", "monthly_byt")
    found = days(obligation, "2030-01")
    assert not [day for day in range(1, 7) if deadlines.is_working_day(date(2030, 2, day))]
    assert (found["before-2"], found["before-1"]) == ("2030-01-29", "2030-01-30")
    # Who is told as soon as it is late is told on a day off; the leadership when offices work again.
    assert (found["after-0"], found["after-2"]) == ("2030-02-05", "2030-02-08")


def test_a_saturday_that_is_worked_and_a_friday_that_is_not_move_the_reminders() -> None:
    # 31 August 2026 is off and Saturday 22 August worked; 2 September is National Day, 1 September is off with it.
    obligation = owed("lang_son", "monthly_byt", since=date(2026, 1, 1))
    found = days(obligation, "2026-08")
    assert deadlines.is_working_day(date(2026, 8, 22)) and not deadlines.is_working_day(date(2026, 8, 31))
    workdays = list(deadlines.working_days(date(2026, 8, 1), date(2026, 9, 3)))
    assert [found["before-1"], found["before-2"], found["before-5"], found["before-10"]] == [
        str(workdays[-n]) for n in (1, 2, 5, 10)
    ]
    assert found["before-10"] == "2026-08-19"


def test_an_ad_hoc_report_counts_hours() -> None:
    obligation = owed("lang_son", "incident")
    legal_at = datetime(2026, 11, 22, 1, 30, tzinfo=VIETNAM)
    found = {step.name: step.at - legal_at for step in deadlines.steps(obligation, legal_at)}
    assert found == {
        "before-24h": timedelta(hours=-24),
        "before-4h": timedelta(hours=-4),
        "after-0h": timedelta(0),
        "after-24h": timedelta(hours=24),
    }


def test_the_current_step_is_the_last_one_whose_time_has_come() -> None:
    obligation = owed("lang_son", "monthly_byt")
    legal_at = deadlines.due(obligation, deadlines.period_of_key(obligation, "2026-11")).legal_at

    def name(text: str) -> str | None:
        step = deadlines.current_step(obligation, legal_at, datetime.fromisoformat(text))
        return step.name if step else None

    # 17:00 UTC is midnight in Vietnam.
    assert name("2026-11-18T16:59:59+00:00") is None
    assert name("2026-11-18T17:00:00+00:00") == "before-10"
    assert name("2026-12-04T16:59:59+00:00") == "before-1"
    assert name("2026-12-04T17:00:00+00:00") == "after-0"
    assert name("2027-06-01T00:00:00+07:00") == "after-5"


@pytest.mark.parametrize(
    ("today", "left"),
    [("2028-03-31", 1), ("2028-04-01", 1), ("2028-04-03", 0), ("2028-04-04", 0), ("2028-03-20", 10)],
)
def test_working_days_left_until_gio_to(today: str, left: int) -> None:
    assert deadlines.working_days_left(date.fromisoformat(today), date(2028, 4, 4)) == left


@pytest.mark.parametrize(
    ("slug", "obligation", "number", "key", "expected"),
    [
        # Ten working days before Friday 4 December 2026, eight for the departments; 24 November is off.
        ("lang_son", "annual_dang_uy", 0, "2026", "2026-11-19"),
        ("lang_son", "annual_dang_uy", 1, "2026", "2026-11-23"),
        # The aim is Friday 2 October; one working day before it is the first after the quarter.
        ("hai_phong", "quarterly_ubnd", 0, "2026-Q3", "2026-10-01"),
        # Aim Monday 4 January: the working day before is within the period, so the first after it, which is the aim.
        ("hai_phong", "quarterly_ubnd", 1, "2026-Q4", "2027-01-04"),
        ("thai_nguyen", "annual_progress", 0, "2026", "2026-12-18"),
    ],
)
def test_figures_from_below_are_due_earlier(slug: str, obligation: str, number: int, key: str, expected: str) -> None:
    rule = owed(slug, obligation)
    period = deadlines.period_of_key(rule, key)
    found = deadlines.input_due(rule.inputs[number], rule, period)
    assert found == datetime.fromisoformat(f"{expected}T23:59:59.999999+07:00")


@pytest.mark.parametrize("slug", sorted(provinces.slugs()))
def test_figures_from_below_are_due_after_the_period_and_before_the_report_for_years(slug: str) -> None:
    for obligation in provinces.load(slug).obligations:
        for period in deadlines.periods(obligation, date(2026, 1, 1), date(2040, 12, 31)):
            for each in obligation.inputs:
                day = deadlines.input_due(each, obligation, period).date()
                assert period.ends < day <= deadlines.due(obligation, period).aim_on
