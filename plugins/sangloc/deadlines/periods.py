"""The periods a report is about, by the cadence and the cut-off rule of its obligation."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sangloc.clock import VIETNAM
from sangloc.errors import ConfigurationError
from sangloc.provinces import CalendarCutOff, DueOn, FixedCutOff, Obligation, ShiftedCutOff

ONE_DAY = timedelta(days=1)
ROMAN = ("I", "II", "III", "IV")
# School years by the calendar rule run from 1 September.
SCHOOL_YEAR_ENDS = 8
AD_HOC_KEY = "%Y%m%dT%H%M"


@dataclass(frozen=True, order=True)
class Period:
    """The days from `starts` to `ends`, both included, that one report is about.

    `key` is unique within the obligation and fit for file names: 2026-09, 2026-Q3, 2026, 2026-2027, the due date of a
    one-off (2026-05-15), the starting minute of an ad-hoc report (20261121T0930). `label` is Vietnamese, for titles and
    mails.
    """

    starts: date
    ends: date
    key: str
    label: str

    @property
    def starts_at(self) -> datetime:
        """The first instant, Vietnam time."""
        return datetime.combine(self.starts, time.min, VIETNAM)

    @property
    def ends_at(self) -> datetime:
        """The first instant after the period, Vietnam time: from here on its figures can be compiled."""
        return datetime.combine(self.ends + ONE_DAY, time.min, VIETNAM)


def first_period(obligation: Obligation) -> Period | None:
    """The first period owed: the one that holds `since`, or a one-off's only one. None for ad-hoc reports."""
    if isinstance(obligation.cutoff, FixedCutOff):
        return _one_off(obligation, obligation.cutoff)
    return period_at(obligation, obligation.since)


def period_at(obligation: Obligation, day: date) -> Period | None:
    """The period that holds `day`; None for ad-hoc reports, before the first period, and outside a one-off's."""
    cutoff = obligation.cutoff
    if cutoff is None:
        return None
    if isinstance(cutoff, FixedCutOff):
        only = _one_off(obligation, cutoff)
        return only if only.starts <= day <= only.ends else None
    months = _months(obligation)
    year, month = day.year, day.month
    if isinstance(cutoff, ShiftedCutOff) and day.day > cutoff.to_day:
        year, month = _shift(year, month, 1)
    last_month = _last_month(obligation)
    year, month = _shift(year, month, (last_month - month) % months)
    period = _ending_in(obligation, cutoff, year, month)
    return period if period.ends >= obligation.since else None


def next_period(obligation: Obligation, period: Period) -> Period | None:
    """The period after this one; None for one-off and ad-hoc reports."""
    if obligation.cadence in ("one_off", "ad_hoc"):
        return None
    return period_at(obligation, period.ends + ONE_DAY)


def previous_period(obligation: Obligation, period: Period) -> Period | None:
    """The period before this one; None when nothing was owed for it."""
    if obligation.cadence in ("one_off", "ad_hoc"):
        return None
    return period_at(obligation, period.starts - ONE_DAY)


def periods(obligation: Obligation, first: date, last: date) -> Iterator[Period]:
    """The periods that end on a day from `first` to `last`, both included, in order of time."""
    period = period_at(obligation, max(first, obligation.since))
    if period is None and isinstance(obligation.cutoff, FixedCutOff):
        period = _one_off(obligation, obligation.cutoff)
    while period is not None and period.ends <= last:
        if period.ends >= first:
            yield period
        period = next_period(obligation, period)


def latest_ended_period(obligation: Obligation, today: date) -> Period | None:
    """The last period whose last day is before `today` (a day in Vietnam); None when none has ended yet."""
    if isinstance(obligation.cutoff, FixedCutOff):
        only = _one_off(obligation, obligation.cutoff)
        return only if only.ends < today else None
    current = period_at(obligation, today)
    return previous_period(obligation, current) if current else None


def period_of_key(obligation: Obligation, key: str) -> Period:
    """The period with this key.

    Raises:
        ConfigurationError: when the obligation has no such period.
    """
    period = None
    cutoff = obligation.cutoff
    if isinstance(cutoff, FixedCutOff):
        period = _one_off(obligation, cutoff)
    elif cutoff is None:
        try:
            period = ad_hoc_period(datetime.strptime(key, AD_HOC_KEY).replace(tzinfo=VIETNAM))
        except ValueError:
            period = None
    elif found := re.fullmatch(r"(\d{4})(?:-(\d\d)|-Q([1-4])|-(\d{4}))?", key):
        year, month, quarter, school = found.groups()
        last = int(month) if month else int(quarter) * 3 if quarter else _last_month(obligation)
        if 1 <= last <= 12:
            period = _ending_in(obligation, cutoff, int(school or year), last)
    if period is None or period.key != key or period.ends < obligation.since:
        raise ConfigurationError(f"{obligation.id} has no period {key[:20]!r}")
    return period


def ad_hoc_period(started: datetime) -> Period:
    """The period of an ad-hoc report: the Vietnamese day on which a person started it, told apart by the minute."""
    local = started.astimezone(VIETNAM)
    return Period(local.date(), local.date(), local.strftime(AD_HOC_KEY), f"lúc {local:%H:%M} ngày {local:%d/%m/%Y}")


def period_for_run(obligation: Obligation, run_after: datetime, data_interval_start: datetime | None = None) -> Period:
    """The period a DAG run is about.

    Args:
        obligation: the run's obligation.
        run_after: the run's time, with a time zone.
        data_interval_start: the beginning of its data interval; None for a run without one.

    Returns:
        The period that begins with the data interval; without one the latest period that had ended by `run_after`, or
        the first when none had. For an ad-hoc obligation, the period that began at `run_after`.

    Raises:
        ConfigurationError: when the data interval lies outside every period of the obligation.
    """
    if obligation.cutoff is None:
        return ad_hoc_period(run_after)
    if data_interval_start is None:
        period = latest_ended_period(obligation, run_after.astimezone(VIETNAM).date()) or first_period(obligation)
    else:
        period = period_at(obligation, data_interval_start.astimezone(VIETNAM).date())
    if period is None:
        raise ConfigurationError(f"{obligation.id}: the run's data interval lies outside every period of the obligation")
    return period


def _months(obligation: Obligation) -> int:
    return {"monthly": 1, "quarterly": 3}.get(obligation.cadence, 12)


def _last_month(obligation: Obligation) -> int:
    """A month in which a period ends."""
    cutoff = obligation.cutoff
    if isinstance(cutoff, ShiftedCutOff) and cutoff.month is not None:
        return cutoff.month
    return SCHOOL_YEAR_ENDS if obligation.cadence == "school_year" else 12


def _shift(year: int, month: int, by: int) -> tuple[int, int]:
    years, month = divmod(month - 1 + by, 12)
    return year + years, month + 1


def _end(cutoff: CalendarCutOff | ShiftedCutOff, year: int, month: int) -> date:
    last = calendar.monthrange(year, month)[1]
    return date(year, month, cutoff.to_day if isinstance(cutoff, ShiftedCutOff) else last)


def _ending_in(obligation: Obligation, cutoff: CalendarCutOff | ShiftedCutOff, year: int, month: int) -> Period:
    starts = _end(cutoff, *_shift(year, month, -_months(obligation))) + ONE_DAY
    ends = _end(cutoff, year, month)
    quarter = (month - 1) // 3
    key, label = {
        "monthly": (f"{year}-{month:02}", f"tháng {month} năm {year}"),
        "quarterly": (f"{year}-Q{quarter + 1}", f"quý {ROMAN[quarter]} năm {year}"),
        "annual": (f"{year}", f"năm {year}"),
        "school_year": (f"{year - 1}-{year}", f"năm học {year - 1}–{year}"),
    }[obligation.cadence]
    if isinstance(cutoff, ShiftedCutOff):
        label += f" (từ {starts:%d/%m/%Y} đến {ends:%d/%m/%Y})"
    return Period(starts, ends, key, label)


def _one_off(obligation: Obligation, cutoff: FixedCutOff) -> Period:
    assert isinstance(obligation.due, DueOn)  # the profile's schema pairs the two
    label = f"từ {cutoff.starts:%d/%m/%Y} đến {cutoff.ends:%d/%m/%Y}"
    return Period(cutoff.starts, cutoff.ends, obligation.due.date.isoformat(), label)
