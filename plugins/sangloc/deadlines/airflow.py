"""What Airflow needs of periods and due dates: the timetable of a report, its deadline, the callback when it is missed.

`sangloc_plugin.py` registers them: `timetables = [ReportTimetable]`, `deadline_references = [ReportDeadline]`.

A DAG that uses the timetable takes `start_date=first_start(slug, obligation)` and `catchup=True`: Airflow creates no
tasks in a run whose data interval begins before `start_date`, and a scheduler that was down over the end of a period
must not skip its report. Nothing is caught up from before the province joined: the timetable leaves that out by itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.sdk.definitions.deadline import REFERENCE_TYPE_FIELD, BaseDeadlineReference
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable

from sangloc import clock
from sangloc.deadlines.due import due
from sangloc.deadlines.periods import (
    Period,
    first_period,
    latest_ended_period,
    next_period,
    period_for_run,
)
from sangloc.errors import ConfigurationError
from sangloc.provinces import DueAfter, DueDay, DueOn, Obligation, load

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

# Files of the period's last day arrive until midnight; the report is compiled in the hour after it.
AFTER_CUT_OFF = timedelta(hours=1)


class ReportTimetable(Timetable):  # type: ignore[misc]  # mypy skips Airflow
    """One run per period of a reporting obligation, in the hour after the period's cut-off.

    The run's data interval is the period, midnight to midnight in Vietnam. A manual run is about the latest period that
    had ended at its logical date, or about the first one when none had.

    Args:
        slug: the province.
        obligation: the obligation's id in the province's profile.
    """

    def __init__(self, slug: str, obligation: str) -> None:
        self.slug = slug
        self.obligation = obligation

    def _rule(self) -> Obligation:
        return load(self.slug).obligation(self.obligation)

    @property
    def summary(self) -> str:
        """How often and by when, in Vietnamese, for the list of DAGs."""
        rule = self._rule()
        often = {
            "monthly": "Hằng tháng",
            "quarterly": "Hằng quý",
            "annual": "Hằng năm",
            "school_year": "Hằng năm học",
            "one_off": "Một lần",
            "ad_hoc": "Đột xuất",
        }[rule.cadence]
        return f"{often}, {_by_when(rule)}"

    @property
    def description(self) -> str:
        """The same with name and recipients."""
        rule = self._rule()
        recipients = "; ".join(recipient.name for recipient in rule.recipients)
        return f"{rule.name_vi}. {self.summary}. Nơi nhận: {recipients}."

    def serialize(self) -> dict[str, Any]:
        return {"slug": self.slug, "obligation": self.obligation}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> ReportTimetable:
        return cls(data["slug"], data["obligation"])

    def validate(self) -> None:
        """Refuses, when the DAG is loaded, an unknown province or obligation, or one that has no periods.

        Raises:
            AirflowTimetableInvalid: with the reason.
        """
        from airflow.exceptions import AirflowTimetableInvalid

        try:
            rule = self._rule()
        except ConfigurationError as error:
            raise AirflowTimetableInvalid(str(error)) from None
        if rule.cadence == "ad_hoc":
            raise AirflowTimetableInvalid(f"{self.slug}: {rule.id} is an ad-hoc obligation, it has no timetable")

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        period = period_for_run(self._rule(), run_after)
        return _interval(period)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        rule = self._rule()
        period = self._first_candidate(rule, last_automated_data_interval)
        if not restriction.catchup:
            # Without catch-up only the latest ended period is still started, and then every later one.
            latest = latest_ended_period(rule, (clock.now() - AFTER_CUT_OFF).date())
            if period and latest and latest > period:
                period = latest
        while period and restriction.earliest and _run_after(period) < restriction.earliest:
            period = next_period(rule, period)
        if period is None or (restriction.latest and _run_after(period) > restriction.latest):
            return None
        return DagRunInfo(run_after=_run_after(period), data_interval=_interval(period))

    def _first_candidate(self, rule: Obligation, last: DataInterval | None) -> Period | None:
        """The period after the last run's, never one that was due before the province joined."""
        joined = load(self.slug).joined
        period = first_period(rule)
        if last is not None:
            done = last.end.astimezone(clock.VIETNAM).date() - timedelta(days=1)
            while period and period.ends <= done:
                period = next_period(rule, period)
        while period and due(rule, period).legal_on < joined:
            period = next_period(rule, period)
        return period


@dataclass
class ReportDeadline(BaseDeadlineReference):  # type: ignore[misc]
    """The due time of the report a run is about.

    No deadline is set for a period that was due before the province joined, and none when somebody starts, by hand, a
    report whose due time is already past: what was owed then stands in `reporting.submission`, an alert tells nothing.
    """

    # Airflow looks a reference up by its class and wants to build it without arguments.
    slug: str = ""
    obligation: str = ""

    required_kwargs = {"dag_id", "run_id"}  # noqa: RUF012  (Airflow reads a plain class attribute)

    __hash__ = BaseDeadlineReference.__hash__

    def serialize_reference(self) -> dict[str, Any]:
        return {REFERENCE_TYPE_FIELD: self.reference_name, "slug": self.slug, "obligation": self.obligation}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> ReportDeadline:
        return cls(reference_data["slug"], reference_data["obligation"])

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun
        from airflow.utils.types import DagRunType
        from sqlalchemy import select

        run = session.execute(
            select(DagRun.run_after, DagRun.data_interval_start, DagRun.run_type).where(
                DagRun.dag_id == dag_id, DagRun.run_id == run_id
            )
        ).one_or_none()
        if run is None:
            return None
        profile = load(self.slug)
        rule = profile.obligation(self.obligation)
        period = period_for_run(rule, run.run_after, run.data_interval_start)
        legal_at = due(rule, period).legal_at
        if due(rule, period).legal_on < profile.joined:
            return None
        if run.run_type == DagRunType.MANUAL and legal_at < run.run_after:
            return None
        return legal_at


async def deadline_missed(slug: str, obligation: str, **_: object) -> None:
    """Called in the triggerer when a report's deadline passes with its run unfinished: one line in the log.

    Who is owed what, since when, is in `reporting.submission`; the officer hears of it from the task that watches it.
    """
    rule = load(slug).obligation(obligation)
    log.warning("Deadline passed, report unfinished: province %s, obligation %s (%s)", slug, rule.id, rule.cadence)


def first_start(slug: str, obligation: str) -> datetime:
    """The `start_date` of the obligation's DAG: the beginning of the first period owed, or of the duty itself."""
    rule = load(slug).obligation(obligation)
    period = first_period(rule)
    return _moment(period.starts_at if period else datetime.combine(rule.since, datetime.min.time(), clock.VIETNAM))


def _by_when(rule: Obligation) -> str:
    match rule.due:
        case DueAfter(hours=hours):
            return f"trong {hours} giờ"
        case DueOn(date=day, reading=reading):
            return f"{'trước' if reading == 'strict' else 'chậm nhất'} ngày {day:%d/%m/%Y}"
        case DueDay(day=day, month_offset=offset, reading=reading):
            month = {0: "cùng tháng", 1: "tháng kế tiếp"}.get(offset, f"tháng thứ {offset} sau kỳ báo cáo")
            return f"{'trước' if reading == 'strict' else 'chậm nhất'} ngày {day:02} {month}"


def _moment(instant: datetime) -> pendulum.DateTime:
    return pendulum.instance(instant)


def _run_after(period: Period) -> pendulum.DateTime:
    return _moment(period.ends_at + AFTER_CUT_OFF)


def _interval(period: Period) -> DataInterval:
    return DataInterval(_moment(period.starts_at), _moment(period.ends_at))
