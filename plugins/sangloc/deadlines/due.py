"""When a report is due, when it should be ready, and whether it is late."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sangloc.clock import VIETNAM
from sangloc.deadlines.periods import AD_HOC_KEY, ONE_DAY, Period
from sangloc.deadlines.workdays import next_working_day, previous_working_day
from sangloc.provinces import DueAfter, DueDay, DueOn, Obligation

Lateness = Literal["in_time", "late", "open", "overdue", "before_joining"]


@dataclass(frozen=True)
class Due:
    """`legal_at`: the last instant that is in time, Vietnam time. `aim_on`: the day the report should be out."""

    legal_at: datetime
    aim_on: date

    @property
    def legal_on(self) -> date:
        """The last day that is in time."""
        return self.legal_at.date()


def due(obligation: Obligation, period: Period) -> Due:
    """When the report on this period is due.

    "Trước ngày 05" has no legal definition. The reading `strict` ends it with the 4th, `inclusive` with the 5th. The
    deadline stays when that day is no working day (`working_day_rule: previous`), and the aim is the last working day
    on or before it; with `next` the deadline itself moves to the next working day (as Bộ luật Dân sự 2015, Điều 148,
    does for terms). When no working day lies between the end of the period and the deadline, the aim is the first day
    after the period.

    An ad-hoc report is due the configured hours after it was started, whatever day that is.
    """
    rule = obligation.due
    if isinstance(rule, DueAfter):
        started = datetime.strptime(period.key, AD_HOC_KEY).replace(tzinfo=VIETNAM)
        legal_at = started + timedelta(hours=rule.hours)
        return Due(legal_at, legal_at.date())
    if isinstance(rule, DueOn):
        legal_on = rule.date - ONE_DAY if rule.reading == "strict" else rule.date
    else:
        legal_on = _latest_day(rule, period.ends)
    if obligation.working_day_rule == "next":
        legal_on = next_working_day(legal_on)
    aim_on = max(previous_working_day(legal_on), period.ends + ONE_DAY)
    return Due(datetime.combine(legal_on, time.max, VIETNAM), min(aim_on, legal_on))


def before_joining(period: Period, joined: date) -> bool:
    """Whether the period ended before the province started with the system: such a period is never called late."""
    return period.ends < joined


def lateness(obligation: Obligation, period: Period, joined: date, now: datetime, delivered_at: datetime | None) -> Lateness:
    """How the report on this period stands.

    Args:
        obligation: what is owed.
        period: for which days.
        joined: the province's first day with the system.
        now: the current instant, with a time zone.
        delivered_at: when the report went out, with a time zone; None when it has not.

    Returns:
        `before_joining` when the period ended before `joined`; else `in_time` or `late` when delivered, and `open` or
        `overdue` when not.
    """
    if before_joining(period, joined):
        return "before_joining"
    legal_at = due(obligation, period).legal_at
    if delivered_at is not None:
        return "in_time" if delivered_at <= legal_at else "late"
    return "open" if now <= legal_at else "overdue"


def _latest_day(rule: DueDay, ends: date) -> date:
    """The last day in time: the rule's day, or the one before it, but never beyond the end of its month."""
    years, month = divmod(ends.month - 1 + rule.month_offset, 12)
    first = date(ends.year + years, month + 1, 1)
    last = calendar.monthrange(first.year, first.month)[1]
    latest = rule.day - 1 if rule.reading == "strict" else rule.day
    return first + (min(latest, last) - 1) * ONE_DAY
