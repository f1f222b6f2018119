from __future__ import annotations

from decimal import Decimal

import pytest

from sangloc.reporting import words


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 7, "0%"),
        (7, 7, "100%"),
        (1, 3, "33,3%"),
        (1, 4_664_124, "0,1%"),
        (4_664_123, 4_664_124, "99,9%"),
        (Decimal("94.6"), 100, "94,6%"),
        (5, 2, "250,0%"),
    ],
)
def test_percent(part: int, whole: int, expected: str) -> None:
    assert words.percent(part, whole) == expected


def test_nothing_has_no_share() -> None:
    with pytest.raises(ZeroDivisionError):
        words.share(0, 0)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("2026-W41", "Tuần 41 (05–11/10)"),
        ("2026-W40", "Tuần 40 (28/9–04/10)"),
        ("2026-W01", "Tuần 1 (29/12–04/01)"),
        ("2027-W05", "Tuần 5 (01–07/02)"),
    ],
)
def test_week(key: str, expected: str) -> None:
    assert words.week(key) == expected


@pytest.mark.parametrize(("value", "expected"), [("3.96", "3,9"), ("4", "4"), ("4.04", "4"), ("1234.5", "1.234,5")])
def test_a_measured_value_is_cut_off(value: str, expected: str) -> None:
    assert words.amount(Decimal(value)) == expected
