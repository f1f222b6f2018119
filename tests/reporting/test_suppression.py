from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from sangloc.reporting import words
from sangloc.reporting.suppression import hidden


def counts(**values: int) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in values.items()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (counts(a=5, b=6), set()),
        (counts(a=0, b=6), set()),
        (counts(a=4, b=6, c=50), {"a", "b"}),
        (counts(a=1, b=1, c=9, d=40), {"a", "b", "c"}),
        (counts(a=4, b=0, c=0), {"a", "b", "c"}),
        (counts(a=3), {"a"}),
        ({}, set()),
    ],
)
def test_hidden_cells(values: dict[str, Decimal], expected: set[str]) -> None:
    assert hidden(values) == expected


def test_no_hidden_cell_follows_from_the_total() -> None:
    """Every small table of four cells: what stays hidden has more than one possible reading."""
    for cells in itertools.product(range(8), repeat=4):
        values = {str(place): Decimal(cell) for place, cell in enumerate(cells)}
        chosen = hidden(values)
        assert all(key in chosen for key, value in values.items() if 0 < value < 5)
        if chosen and len(chosen) < len(values):
            assert len(chosen) >= 2
            assert sum(values[key] for key in chosen) >= 10 or len(chosen) == len(values)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 3, "33,3%"), (0, 9, "0%"), (9, 9, "100%"), (9999, 10000, "99,9%"), (1, 100000, "0,1%"), (1, 2, "50,0%")],
)
def test_percent(part: int, whole: int, text: str) -> None:
    assert words.percent(part, whole) == text


def test_numbers_are_vietnamese() -> None:
    assert words.number(4664124) == "4.664.124"
    assert words.number(1234.5, 1) == "1.234,5"
    assert words.number(0) == "0"
