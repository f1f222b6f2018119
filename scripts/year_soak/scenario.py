"""The year from 1 July 2026 to 31 December 2027 in three provinces, and what goes wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from year_soak.model import Hold, Offices, Province, Year, events, moment


@dataclass(frozen=True)
class Input:
    """Figures from below for one report: how many units came, and when, one after the other; the rest never do."""

    slug: str
    obligation: str
    key: str
    name: str
    due_on: date
    expected: int
    arrivals: tuple[tuple[datetime, int], ...]

    @property
    def received(self) -> int:
        return sum(count for _, count in self.arrivals)

    @property
    def in_time(self) -> int:
        return sum(count for at, count in self.arrivals if at.date() <= self.due_on)


@dataclass(frozen=True)
class Scenario:
    """A stretch of time: its first and last day, what goes wrong in which province, when offices work, when nothing runs."""

    first: date
    last: date
    provinces: tuple[Province, ...]
    offices: Offices
    holds: tuple[Hold, ...]
    inputs: tuple[Input, ...]

    def years(self) -> list[Year]:
        """What has to happen in each province."""
        return [Year(province, self.first, self.last, self.offices, self.holds) for province in self.provinces]


# A made-up notice: Wednesday 1 September 2027 off, Saturday 28 August worked for it.
_OFFICES = Offices(swapped=frozenset({date(2027, 9, 1)}), worked=frozenset({date(2027, 8, 28)}))

_HOLDS = (
    # Somebody pauses the DAG of a report and forgets it.
    Hold(moment("2026-11-25 12:00"), moment("2026-12-09 10:00"), "thai_nguyen__report_monthly_byt"),
    # Over the end of the year nothing runs at all; three reports come due, and the watch is silent too.
    Hold(moment("2026-12-28 12:00"), moment("2027-01-11 06:00")),
)

_PROVINCES = (
    Province(
        "hai_phong",
        # On the last day of a quarter: its report is owed, and the guidance for schools is due that very day.
        date(2026, 6, 30),
        {
            # The last day in time is Sunday 4 April. Sent back, made anew, approved.
            ("quarterly_ubnd", "2027-Q1"): events(
                ("2027-04-01 09:00", "send_back"), ("2027-04-02 10:00", "again"), ("2027-04-02 14:00", "approve")
            ),
            # Went out in time; ten days later it is replaced. The recipient acknowledges the new version.
            ("monthly_byt", "2027-05"): events(
                ("2027-06-01 09:00", "approve"),
                ("2027-06-11 09:00", "correct"),
                ("2027-06-14 09:00", "approve"),
                ("2027-06-16 15:00", "acknowledge"),
            ),
        },
        # Reported; but nobody approves for two days.
        {moment("2027-07-20 10:00"): events(("2027-07-22 09:00", "approve"))},
    ),
    Province(
        "lang_son",
        date(2026, 7, 1),
        {
            # The officer is away: deputy, reminders, overdue, superior.
            ("monthly_byt", "2026-10"): events(("2026-11-12 09:00", "approve")),
            # Sent back, forgotten, and made anew after it was due.
            ("monthly_byt", "2027-02"): events(
                ("2027-03-01 09:00", "send_back"), ("2027-03-08 10:00", "again"), ("2027-03-08 15:00", "approve")
            ),
        },
        {moment("2027-06-15 10:00"): events(("2027-06-15 10:40", "approve"))},
    ),
    Province(
        "thai_nguyen",
        # In the middle of a month, which is owed; the one before is not.
        date(2026, 10, 16),
        {
            ("monthly_byt", "2026-11"): events(("2026-12-09 14:00", "approve")),
            # Due on 4 February 2027, the first day off before Tết; approved after it.
            ("monthly_byt", "2027-01"): events(("2027-02-12 09:00", "approve")),
            # Nobody answers for the thirty days a question stands; then the report is started anew by hand.
            ("monthly_byt", "2027-07"): events(("2027-09-06 10:00", "again"), ("2027-09-06 14:00", "approve")),
        },
    ),
)


_INPUTS = (
    # Two communes never answer, three are late; one department is late and one withholds its figures.
    Input(
        "lang_son", "annual_dang_uy", "2026", "communes", date(2026, 11, 19), 65,
        ((moment("2026-11-18 15:00"), 60), (moment("2026-11-20 08:00"), 3)),
    ),
    Input(
        "lang_son", "annual_dang_uy", "2026", "departments", date(2026, 11, 23), 3,
        ((moment("2026-11-23 16:00"), 1), (moment("2026-11-25 08:00"), 1)),
    ),
    Input("hai_phong", "quarterly_ubnd", "2026-Q3", "communes", date(2026, 10, 1), 114, ((moment("2026-10-01 16:00"), 114),)),
    Input("thai_nguyen", "annual_progress", "2026", "departments", date(2026, 12, 21), 1, ()),
)  # fmt: skip

WHOLE = Scenario(date(2026, 7, 1), date(2027, 12, 31), _PROVINCES, _OFFICES, _HOLDS, _INPUTS)

# The end of a year and Tết in one province. It joins in mid-December with the year's report to make; nothing runs over the end
# of the year; nobody approves before Tết. A made-up notice: Friday 29 January off, Saturday the 23rd worked for it.
SHORT = Scenario(
    date(2026, 12, 10),
    date(2027, 2, 15),
    (
        Province(
            "thai_nguyen",
            date(2026, 12, 10),
            {
                ("monthly_byt", "2027-01"): events(
                    ("2027-02-02 09:00", "send_back"), ("2027-02-11 10:00", "again"), ("2027-02-12 09:00", "approve")
                )
            },
        ),
    ),
    Offices(swapped=frozenset({date(2027, 1, 29)}), worked=frozenset({date(2027, 1, 23)})),
    (Hold(moment("2026-12-28 12:00"), moment("2027-01-11 06:00")),),
    (
        Input(
            "thai_nguyen", "annual_progress", "2026", "stations", date(2026, 12, 18), 92,
            ((moment("2026-12-18 20:00"), 90), (moment("2026-12-19 08:00"), 1)),
        ),
        Input("thai_nguyen", "annual_progress", "2026", "departments", date(2026, 12, 21), 1, ()),
    ),
)  # fmt: skip
