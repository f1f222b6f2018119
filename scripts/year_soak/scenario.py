"""The year from 1 July 2026 to 31 December 2027 in three provinces, and what goes wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from year_soak.model import Hold, Offices, Province, Trouble, Year, events, moment

FOREVER = moment("9999-01-01")
How = Literal["right", "partly", "empty", "wrong"]


@dataclass(frozen=True)
class Sent:
    """Forms that come in at one moment, of the units at these places in the order of their codes.

    right: every question is answered. partly: the first answer is wrong. wrong: every answer is. empty: nothing is filled in.
    `scheduled`: the scheduler runs the DAG that takes them in; of many forms at once that would take a quarter of an hour.
    """

    at: datetime
    first: int
    end: int
    how: How = "right"
    scheduled: bool = False

    @property
    def units(self) -> range:
        return range(self.first, self.end)


@dataclass(frozen=True)
class Input:
    """Figures from below for one report: what is asked (figure and question), how many units owe it, and what they send.

    `laid_at`: when the empty forms are in the units' folders at the latest.
    """

    slug: str
    obligation: str
    key: str
    name: str
    kind: Literal["commune", "facility", "department"]
    due_on: date
    expected: int
    laid_at: datetime
    asked: dict[str, str]
    sent: tuple[Sent, ...] = ()

    def answers(self, place: int, sent: Sent) -> dict[str, int | str]:
        """What a unit types beside each question."""
        if sent.how == "empty":
            return {}
        found: dict[str, int | str] = {}
        for number, (figure, question) in enumerate(self.asked.items()):
            faulty = sent.how == "wrong" or (sent.how == "partly" and number == 0)
            if figure in TEXTS:
                found[question] = "Số 0123 456 789" if faulty else "Đường đến thôn còn khó đi trong mùa mưa."
            else:
                found[question] = "nhiều" if faulty else self.value(place, number, sent)
        return found

    def value(self, place: int, number: int, sent: Sent) -> int:
        """A small number that differs from unit to unit, from question to question and from form to form."""
        return (7 * place + 3 * number + 5 * self.sent.index(sent)) % 11

    def arrivals(self, until: datetime) -> dict[int, list[Sent]]:
        """What was taken by then, by unit, in order: an empty form and one without a right answer are no report."""
        found: dict[int, list[Sent]] = {}
        for sent in sorted(self.sent, key=lambda each: each.at):
            if sent.at <= until and sent.how in ("right", "partly"):
                for place in sent.units:
                    found.setdefault(place, []).append(sent)
        return found

    @property
    def received(self) -> int:
        return len(self.arrivals(FOREVER))

    @property
    def in_time(self) -> int:
        return sum(taken[0].at.date() <= self.due_on for taken in self.arrivals(FOREVER).values())

    def sums(self, until: datetime) -> dict[str, int]:
        """What the newest forms of all units add up to by then; no figure that nobody has answered."""
        found: dict[str, int] = {}
        for place, taken in self.arrivals(until).items():
            for number, figure in enumerate(self.asked):
                if figure not in TEXTS and not (taken[-1].how == "partly" and number == 0):
                    found[figure] = found.get(figure, 0) + self.value(place, number, taken[-1])
        return found


TEXTS = ("difficulties", "proposals")
_OF_COMMUNES = {
    "conferences": "Số hội nghị",
    "party_cell_meetings": "Số buổi sinh hoạt chi bộ",
    "union_meetings": "Số buổi sinh hoạt đoàn thể",
    "news_articles": "Số tin, bài",
    "columns": "Số chuyên mục, chuyên trang",
    "media_products": "Số sản phẩm truyền thông",
    "difficulties": "Khó khăn, vướng mắc",
}
_OF_STATIONS = {
    "station_visits": "Tỷ lệ khám chữa bệnh bảo hiểm y tế tại trạm y tế cấp xã (%)",
    "doctors_per_station": "Số bác sĩ bình quân một trạm y tế cấp xã",
    "doctor_rotations": "Số lượt bác sĩ luân phiên, luân chuyển, điều động về trạm y tế cấp xã",
    "immunisation": "Tỷ lệ tiêm chủng mở rộng (%)",
    "proposals": "Kiến nghị, đề xuất",
}
_OF_INSURANCE = {
    "insurance_cover": "Tỷ lệ bao phủ bảo hiểm y tế (%)",
    "station_visits": "Tỷ lệ khám chữa bệnh bảo hiểm y tế tại trạm y tế cấp xã (%)",
}
_IN_WORDS = {"difficulties": "Khó khăn, vướng mắc", "proposals": "Kiến nghị, đề xuất"}


@dataclass(frozen=True)
class Scenario:
    """A stretch of time: its first and last day, what goes wrong in which province, when offices work, when nothing runs."""

    first: date
    last: date
    provinces: tuple[Province, ...]
    offices: Offices
    holds: tuple[Hold, ...]
    inputs: tuple[Input, ...]
    troubles: tuple[Trouble, ...] = ()

    def until(self, last: date) -> Scenario:
        """The beginning of it."""
        inputs = tuple(
            owed for owed in self.inputs if all(at.date() <= last for at in (owed.laid_at, *(sent.at for sent in owed.sent)))
        )
        return replace(self, last=last, inputs=inputs)

    def years(self) -> list[Year]:
        """What has to happen in each province."""
        return [Year(province, self.first, self.last, self.offices, self.holds, self.troubles) for province in self.provinces]


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
            # Approved while nobody answers at the mail server.
            ("monthly_byt", "2026-09"): events(("2026-10-02 10:00", "approve")),
            # The server takes the report and hangs up before it says so: somebody asks the recipient.
            ("monthly_byt", "2026-10"): events(("2026-11-03 10:30", "approve"), ("2026-11-03 15:00", "settle")),
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
            # The year's report waits for the figures from below.
            ("annual_dang_uy", "2026"): events(
                ("2026-11-16 09:00", "send_back"),
                ("2026-11-26 10:00", "again"),
                ("2026-11-26 14:00", "approve"),
                # One of two recipients was refused for good; the report is brought there.
                ("2026-11-27 10:00", "settle"),
            ),
            ("monthly_byt", "2027-05"): events(("2027-06-02 10:30", "approve")),
            # The officer is away: deputy, reminders, overdue, superior.
            ("monthly_byt", "2026-10"): events(("2026-11-12 09:00", "approve")),
            # Sent back, forgotten, and made anew after it was due.
            ("monthly_byt", "2027-02"): events(
                ("2027-03-01 09:00", "send_back"), ("2027-03-08 10:00", "again"), ("2027-03-08 15:00", "approve")
            ),
        },
        {
            moment("2026-09-15 10:00"): events(("2026-09-16 08:00", "approve")),
            moment("2027-06-15 10:00"): events(("2027-06-15 10:40", "approve")),
        },
    ),
    Province(
        "thai_nguyen",
        # In the middle of a month, which is owed; the one before is not.
        date(2026, 10, 16),
        {
            ("annual_progress", "2026"): events(
                ("2026-12-15 09:00", "send_back"), ("2026-12-22 10:00", "again"), ("2026-12-22 14:00", "approve")
            ),
            ("monthly_byt", "2026-11"): events(("2026-12-09 14:00", "approve")),
            ("monthly_byt", "2027-02"): events(("2027-03-02 10:30", "approve")),
            # Due on 4 February 2027, the first day off before Tết; approved after it.
            ("monthly_byt", "2027-01"): events(("2027-02-12 09:00", "approve")),
            # Nobody answers for the thirty days a question stands; then the report is started anew by hand.
            ("monthly_byt", "2027-07"): events(("2027-09-06 10:00", "again"), ("2027-09-06 14:00", "approve")),
        },
    ),
)


def _sent(*forms: tuple[Any, ...], scheduled: bool = False) -> tuple[Sent, ...]:
    """From (moment, first unit, after the last, how)."""
    return tuple(Sent(moment(at), first, end, (*how, "right")[0], scheduled) for at, first, end, *how in forms)


_INPUTS = (
    # Two communes never answer, three are late; an empty form and one that is wrong throughout come back right in time. One
    # has a wrong answer and never mends it; one is sent again with other numbers after the deadline, which changes no delay.
    Input(
        "lang_son", "annual_dang_uy", "2026", "communes", "commune", date(2026, 11, 19), 65, moment("2026-07-01 02:00"),
        _OF_COMMUNES,
        (
            *_sent(
                ("2026-11-18 15:00", 0, 57), ("2026-11-18 15:00", 57, 58, "partly"), ("2026-11-18 15:00", 58, 59, "empty"),
                ("2026-11-18 15:00", 59, 60, "wrong"),
            ),
            *_sent(("2026-11-19 10:00", 58, 60), ("2026-11-20 08:00", 60, 63), ("2026-11-25 08:00", 5, 6), scheduled=True),
            # The report was compiled the day before: in nobody's figures.
            *_sent(("2026-11-27 08:00", 63, 64)),
        ),
    ),
    # One department is late and one withholds its figures.
    Input(
        "lang_son", "annual_dang_uy", "2026", "departments", "department", date(2026, 11, 23), 3, moment("2026-07-01 02:00"),
        _OF_COMMUNES,
        _sent(("2026-11-23 16:00", 0, 1), ("2026-11-25 08:00", 1, 2), scheduled=True),
    ),
    # The next year's: whoever is in time reports before the forms are due, and one withdraws nothing but says it anew.
    Input(
        "lang_son", "annual_dang_uy", "2027", "communes", "commune", date(2027, 11, 18), 65, moment("2026-12-10 02:00"),
        _OF_COMMUNES,
        (*_sent(("2027-11-15 00:20", 0, 64)), *_sent(("2027-11-19 16:00", 3, 4), ("2027-11-22 09:00", 64, 65), scheduled=True)),
    ),
    # Nothing but words; half of the communes send a form a few days after the quarter is over.
    Input(
        "hai_phong", "quarterly_ubnd", "2026-Q3", "communes", "commune", date(2026, 10, 1), 114, moment("2026-07-08 02:00"),
        _IN_WORDS,
        (
            *_sent(("2026-10-01 16:00", 0, 110), ("2026-10-01 16:00", 110, 114, "wrong")),
            *_sent(("2026-10-02 08:00", 110, 112), scheduled=True),
        ),
    ),
    Input(
        "thai_nguyen", "annual_progress", "2026", "stations", "commune", date(2026, 12, 18), 92, moment("2026-10-16 02:00"),
        _OF_STATIONS,
        (*_sent(("2026-12-18 20:00", 0, 90)), *_sent(("2026-12-19 08:00", 90, 91), scheduled=True)),
    ),
    Input(
        "thai_nguyen", "annual_progress", "2026", "departments", "department", date(2026, 12, 21), 1,
        moment("2026-10-16 02:00"), _OF_INSURANCE,
    ),
    Input(
        "thai_nguyen", "annual_progress", "2027", "departments", "department", date(2027, 12, 21), 1,
        moment("2027-01-12 02:00"), _OF_INSURANCE, _sent(("2027-12-15 00:20", 0, 1), scheduled=True),
    ),
)  # fmt: skip

_TROUBLES = (
    # The last working day in time: the mail server is away until the afternoon.
    Trouble(moment("2026-10-02 09:45"), moment("2026-10-02 14:00"), "away"),
    Trouble(moment("2026-11-03 10:15"), moment("2026-11-03 11:00"), "hang up"),
    Trouble(moment("2026-11-26 13:45"), moment("2026-11-26 15:00"), "refused", "vanthu@ubnd.langson.example"),
    Trouble(moment("2027-03-02 10:15"), moment("2027-03-02 12:00"), "421"),
    Trouble(moment("2027-06-02 10:15"), moment("2027-06-02 12:00"), "451"),
)

WHOLE = Scenario(date(2026, 7, 1), date(2027, 12, 31), _PROVINCES, _OFFICES, _HOLDS, _INPUTS, _TROUBLES)

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
                ),
                # The mail server is away for hours; then it takes the correction and hangs up before it says so.
                ("monthly_byt", "2026-12"): events(
                    ("2027-01-11 09:00", "approve"), ("2027-01-12 09:00", "correct"), ("2027-01-12 10:00", "approve"),
                    ("2027-01-12 14:00", "settle"),
                ),
            },
        ),
    ),
    Offices(swapped=frozenset({date(2027, 1, 29)}), worked=frozenset({date(2027, 1, 23)})),
    (Hold(moment("2026-12-28 12:00"), moment("2027-01-11 06:00")),),
    (
        Input(
            "thai_nguyen", "annual_progress", "2026", "stations", "commune", date(2026, 12, 18), 92, moment("2026-12-10 02:00"),
            _OF_STATIONS,
            (
                *_sent(("2026-12-14 20:00", 0, 12), ("2026-12-18 20:00", 12, 20), ("2026-12-18 20:00", 20, 21, "empty")),
                *_sent(("2026-12-19 08:00", 20, 21), scheduled=True),
            ),
        ),
        Input(
            "thai_nguyen", "annual_progress", "2026", "departments", "department", date(2026, 12, 21), 1,
            moment("2026-12-10 02:00"), _OF_INSURANCE,
        ),
    ),
    (
        Trouble(moment("2027-01-11 08:30"), moment("2027-01-11 13:00"), "away"),
        Trouble(moment("2027-01-12 09:45"), moment("2027-01-12 10:10"), "hang up"),
    ),
)  # fmt: skip
