from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sangloc import deadlines, settings
from sangloc.errors import ConfigurationError


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),  # Saturday
        ("2026-11-24", False),  # Ngày Văn hóa Việt Nam, new in 2026
        ("2026-01-02", False),  # Friday, swapped
        ("2026-01-10", True),  # the Saturday worked for it
        ("2026-08-31", False),
        ("2026-08-22", True),
        ("2026-02-16", False),  # Tết 2026: Monday to Friday
        ("2026-02-20", False),
        ("2026-02-23", True),
        ("2026-04-27", False),  # in lieu of Giỗ Tổ on a Sunday
        ("2028-04-04", False),  # Giỗ Tổ on a Tuesday, the last day for the report of the first quarter
        ("2030-02-01", False),  # Tết 2030 is a day earlier than in China: its eve is Friday 1 February
        ("2030-02-02", False),
        ("2028-02-29", True),
    ],
)
def test_is_working_day(day: str, worked: bool) -> None:
    assert deadlines.is_working_day(date.fromisoformat(day)) is worked


def test_steps_over_tet() -> None:
    assert deadlines.previous_working_day(date(2026, 2, 22)) == date(2026, 2, 13)
    assert deadlines.next_working_day(date(2026, 2, 14)) == date(2026, 2, 23)
    assert deadlines.add_working_days(date(2026, 2, 12), 2) == date(2026, 2, 23)
    assert deadlines.add_working_days(date(2026, 2, 23), -2) == date(2026, 2, 12)
    assert deadlines.add_working_days(date(2026, 2, 14), 0) == date(2026, 2, 23)
    assert deadlines.previous_working_day(date(2026, 2, 23)) == date(2026, 2, 23)


def test_working_days_counts_the_worked_saturday_and_not_the_day_off() -> None:
    assert list(deadlines.working_days(date(2026, 8, 20), date(2026, 9, 3))) == [
        date(2026, 8, day) for day in (20, 21, 22, 24, 25, 26, 27, 28)
    ] + [date(2026, 9, 3)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("days_off: []\n", "expected the keys days_off and days_worked"),
        (
            "days_off: [{date: 2026-01-02}]\ndays_worked: []\n",
            r"days_off\[0\]: expected the keys date, reason and source",
        ),
        ("days_off: [{date: x, reason: a, source: b}]\ndays_worked: []\n", r"days_off\[0\].date: expected a date"),
        (
            "days_off: [{date: 2026-01-02, reason: a, source: b}]\ndays_worked: [{date: 2026-01-02, reason: a, source: b}]\n",
            "2026-01-02 repeats",
        ),
        ("days_off: [\n", "line 2: not valid YAML"),
        (None, "is missing"),
    ],
)
def test_bad_override_table(text: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_ROOT", str(tmp_path))
    table = settings.include() / "calendar" / "overrides.yaml"
    table.parent.mkdir(parents=True)
    if text is not None:
        table.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        deadlines.is_working_day(date(2026, 1, 5))
