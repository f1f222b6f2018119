"""Small cells are not published: a count of one to four people could point at a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

SMALLEST = 5


def small(value: Decimal | int | None) -> bool:
    """Whether a count of people is too small to publish. Nobody (0) may be published."""
    return value is not None and 0 < value < SMALLEST


def hidden(values: Mapping[str, Decimal], *beside: Mapping[str, Decimal], also: Collection[str] = ()) -> set[str]:
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
    chosen = {key for key in keys if key in also or any(small(column.get(key)) for column in columns)}
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


def hidden_crossed(columns: Sequence[Mapping[str, Decimal]], rows: Collection[str], crossing: Collection[str]) -> set[str]:
    """The keys of a breakdown by two things whose counts must not be published beside the sums of both.

    First every key with a small count in any column; then, until nothing changes, the smallest published key of a row or
    column of the table whose hidden cells follow from its sum, or from that of several rows and columns together. Of a
    row whose own sum is hidden, one cell at least is hidden: it would be their sum otherwise.

    Args:
        columns: counts of people by key (`row/column`), as `values` and `beside` of `hidden`.
        rows: rows whose sums are hidden, by the first part of the key.
        crossing: columns whose sums are hidden, by the second part of the key.

    Returns:
        Keys to hide in every column; empty when no count is small and no sum is hidden.
    """
    values = columns[0]
    keys = sorted({key for column in columns for key in column}, key=lambda key: (not values.get(key), values.get(key, 0), key))
    chosen = {key for key in keys if any(small(column.get(key)) for column in columns)}
    lines: dict[tuple[int, str], list[str]] = defaultdict(list)
    for key in keys:
        for place, name in enumerate(key.split("/", 1)):
            lines[place, name].append(key)
    unsummed = {(place, name) for place, names in enumerate((rows, crossing)) for name in names if (place, name) in lines}
    while further := _further(columns, lines, unsummed, chosen):
        chosen.add(further)
    return chosen


Line = tuple[int, str]


def _further(
    columns: Sequence[Mapping[str, Decimal]], lines: Mapping[Line, list[str]], unsummed: set[Line], chosen: set[str]
) -> str | None:
    """A key that has to be hidden beside the chosen ones."""
    for line, keys in lines.items():
        here = {key for key in keys if key in chosen}
        if line in unsummed:
            weak = not any(columns[0].get(key) for key in here) and any(columns[0].get(key) for key in keys)
        else:
            weak = bool(here) and (len(here) < 2 or any(_exposed(column, here) for column in columns))
        rest = [key for key in keys if key not in chosen]
        if weak and rest:
            return rest[0]
    for edge in _bridges(unsummed, chosen):
        rest = [key for line in edge for key in lines.get(line, ()) if key not in chosen]
        if rest:
            return rest[0]
    return None


def _bridges(unsummed: set[Line], chosen: set[str]) -> Iterator[tuple[Line, Line]]:
    """Hidden cells and sums whose values follow from the others.

    Rows and columns are the nodes of a graph, hidden cells its edges; a hidden sum is an edge to the other side's total.
    The sums of all rows on one side of an edge that lies on no cycle give its value away.
    """
    edges = [((0, row), (1, column)) for row, column in (key.split("/", 1) for key in chosen)]
    edges += [(line, (1 - line[0], "")) for line in unsummed]
    near: dict[Line, list[tuple[Line, int]]] = defaultdict(list)
    for number, (one, other) in enumerate(edges):
        near[one].append((other, number))
        near[other].append((one, number))
    reached: dict[Line, int] = {}
    lowest: dict[Line, int] = {}
    for start in sorted(near):
        if start in reached:
            continue
        reached[start] = lowest[start] = len(reached)
        path = [(start, -1, iter(near[start]))]
        while path:
            node, by, rest = path[-1]
            step = next(((other, number) for other, number in rest if number != by), None)
            if step is None:
                path.pop()
                if path:
                    before = path[-1][0]
                    lowest[before] = min(lowest[before], lowest[node])
                    if lowest[node] > reached[before]:
                        yield edges[by]
            elif step[0] in reached:
                lowest[node] = min(lowest[node], reached[step[0]])
            else:
                reached[step[0]] = lowest[step[0]] = len(reached)
                path.append((step[0], step[1], iter(near[step[0]])))
