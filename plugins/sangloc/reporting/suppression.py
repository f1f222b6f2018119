"""Small cells are not published: a count of one to four people could point at a person."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

SMALLEST = 5


def small(value: Decimal | int | None) -> bool:
    """Whether a count of people is too small to publish. Nobody (0) may be published."""
    return value is not None and 0 < value < SMALLEST


def hidden(values: Mapping[str, Decimal]) -> set[str]:
    """The keys of a breakdown whose counts must not be published beside the breakdown's total.

    First every small count; then, as long as a hidden count could be worked out from the total (one alone is hidden,
    or the hidden ones together are so few that each is nearly known), the smallest published count as well.

    Args:
        values: counts of people by key, of one breakdown with a published total.

    Returns:
        Keys to hide; empty when no count is small.
    """
    chosen = {key for key, value in values.items() if small(value)}
    if not chosen:
        return chosen
    # Nobody is published before somebody: a zero says more about the rest than a larger count does.
    rest = sorted((key for key in values if key not in chosen), key=lambda key: (values[key] == 0, values[key], key))
    while rest and (len(chosen) < 2 or sum(values[key] for key in chosen) < 2 * SMALLEST):
        chosen.add(rest.pop(0))
    return chosen
