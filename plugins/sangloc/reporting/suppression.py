"""Small cells are not published: a count of one to four people could point at a person."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

SMALLEST = 5


def small(value: Decimal | int | None) -> bool:
    """Whether a count of people is too small to publish. Nobody (0) may be published."""
    return value is not None and 0 < value < SMALLEST


def hidden(values: Mapping[str, Decimal], *beside: Mapping[str, Decimal]) -> set[str]:
    """The keys of a breakdown whose counts must not be published beside the breakdown's total.

    First every key with a small count in any column; then, as long as a hidden small count could be worked out from
    its column's total (one alone is hidden, or the hidden ones together are so few that each is nearly known), the
    smallest published key as well.

    Args:
        values: counts of people by key, of one breakdown with a published total.
        beside: further columns over the same keys that give each other away and are hidden together: another period,
            or what is left to the denominator. A key a column lacks counts nobody there.

    Returns:
        Keys to hide in every column; empty when no count is small.
    """
    columns = (values, *beside)
    keys = {key for column in columns for key in column}
    chosen = {key for key in keys if any(small(column.get(key)) for column in columns)}
    if not chosen:
        return chosen
    # Nobody is published before somebody: a zero says more about the rest than a larger count does.
    rest = sorted(keys - chosen, key=lambda key: (not values.get(key), values.get(key, 0), key))
    while rest and (len(chosen) < 2 or any(_exposed(column, chosen) for column in columns)):
        chosen.add(rest.pop(0))
    return chosen


def _exposed(column: Mapping[str, Decimal], chosen: set[str]) -> bool:
    counts = [column[key] for key in chosen if key in column]
    return any(small(count) for count in counts) and sum(counts) < 2 * SMALLEST
