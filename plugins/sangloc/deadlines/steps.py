"""When somebody is told about a report: reminders before it is due, escalation after, and what is due from below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sangloc.clock import VIETNAM
from sangloc.deadlines.due import due
from sangloc.deadlines.periods import ONE_DAY, Period
from sangloc.deadlines.workdays import add_working_days, next_working_day, working_days
from sangloc.provinces import Contact, Input, Obligation


@dataclass(frozen=True, order=True)
class Step:
    """One rung of an obligation's ladder: from `at` on, these contacts are to be told, once.

    `name` is fit for a Message-ID: before-10, after-0, before-4h.
    """

    at: datetime
    name: str
    overdue: bool
    to: tuple[Contact, ...]


def steps(obligation: Obligation, legal_at: datetime) -> list[Step]:
    """Reminders and escalation of a report, in order of time.

    Args:
        obligation: whose `watch` it is.
        legal_at: the last instant in time, with a time zone (`Due.legal_at`).
    """
    watch = obligation.watch
    found = []
    for reminder in watch.reminders:
        if reminder.hours_before is not None:
            at, name = legal_at - timedelta(hours=reminder.hours_before), f"before-{reminder.hours_before}h"
        else:
            count = reminder.working_days_before or 0
            at, name = _morning(add_working_days(_day(legal_at), -count)), f"before-{count}"
        found.append(Step(at, name, False, tuple(reminder.to)))
    for escalation in watch.escalation:
        if escalation.hours_after is not None:
            at, name = legal_at + timedelta(hours=escalation.hours_after), f"after-{escalation.hours_after}h"
        else:
            count = escalation.working_days_after or 0
            day = add_working_days(_day(legal_at), count) if count else _day(legal_at) + ONE_DAY
            at, name = _morning(day), f"after-{count}"
        found.append(Step(at, name, True, tuple(escalation.to)))
    return sorted(found)


def current_step(obligation: Obligation, legal_at: datetime, now: datetime) -> Step | None:
    """The last step whose time has come; None before the first.

    Whoever looks again after a long time gets one mail about where a report stands, and not those of all the days missed.
    """
    reached = [step for step in steps(obligation, legal_at) if step.at <= now]
    return reached[-1] if reached else None


def working_days_left(today: date, legal_on: date) -> int:
    """How many working days follow `today` up to the last day in time, that day included."""
    return sum(1 for _ in working_days(today + ONE_DAY, legal_on))


def input_due(owed: Input, obligation: Obligation, period: Period) -> datetime:
    """The last instant at which figures from below are in time, Vietnam time.

    They are due `working_days_before` the day the report should be out. Where that lies within the period, they are due
    on the first working day after it, because they are about all of it; but never after the report should be out.
    """
    aim = due(obligation, period).aim_on
    wanted = add_working_days(aim, -owed.working_days_before) if owed.working_days_before else aim
    day = min(max(wanted, next_working_day(period.ends + ONE_DAY)), aim)
    return datetime.combine(day, time.max, VIETNAM)


def _day(instant: datetime) -> date:
    return instant.astimezone(VIETNAM).date()


def _morning(day: date) -> datetime:
    return datetime.combine(day, time.min, VIETNAM)
