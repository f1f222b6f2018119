"""Working days of the Vietnamese public sector: Monday to Friday, less public holidays, with swapped days on top."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError

ONE_DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    """Whether offices work on this day.

    Source: Bộ luật Lao động 2019, Điều 112, in the lunar-correct package `holidays`; days swapped by the yearly notices
    come from `include/calendar/overrides.yaml`, which wins.

    Raises:
        ConfigurationError: when the table of overrides is wrong.
    """
    path = settings.include() / "calendar" / "overrides.yaml"
    try:
        version = path.stat().st_mtime_ns
    except OSError:
        raise ConfigurationError(f"{path} is missing; expected the table of swapped working days") from None
    override = _overrides(path, version).get(day)
    if override is not None:
        return override
    return day.isoweekday() <= 5 and day not in _holidays(day.year)


def previous_working_day(day: date) -> date:
    """The last working day on or before `day`."""
    while not is_working_day(day):
        day -= ONE_DAY
    return day


def next_working_day(day: date) -> date:
    """The first working day on or after `day`."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day` (before it when negative); `day` itself is not counted.

    With 0, `day` when it is a working day, else the next one.
    """
    if count == 0:
        return next_working_day(day)
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def working_days(first: date, last: date) -> Iterator[date]:
    """The working days from `first` to `last`, both included."""
    day = first
    while day <= last:
        if is_working_day(day):
            yield day
        day += ONE_DAY


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    import holidays  # 0.15 s and more, and DAG files are parsed without it

    return frozenset(holidays.country_holidays("VN", years=year))


@lru_cache(maxsize=4)
def _overrides(path: Path, version: int) -> dict[date, bool]:
    """Each overridden day: True when it is worked."""
    try:
        table: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        raise ConfigurationError(f"{path}: {place}not valid YAML, or a date that does not exist") from None
    problems: list[str] = []
    days: dict[date, bool] = {}
    if not isinstance(table, dict) or set(table) != {"days_off", "days_worked"}:
        raise ConfigurationError(f"{path}: expected the keys days_off and days_worked and no others")
    for key, worked in (("days_off", False), ("days_worked", True)):
        for number, entry in enumerate(table[key] or []):
            if not isinstance(entry, dict) or set(entry) != {"date", "reason", "source"}:
                problems.append(f"{key}[{number}]: expected the keys date, reason and source")
            elif type(entry["date"]) is not date:
                problems.append(f"{key}[{number}].date: expected a date such as 2026-01-02")
            elif entry["date"] in days:
                problems.append(f"{key}[{number}].date: expected each day once, {entry['date']} repeats")
            else:
                days[entry["date"]] = worked
    if problems:
        raise ConfigurationError(f"{path}: " + "; ".join(problems))
    return days
