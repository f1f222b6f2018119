"""The expectations that suites may use, each with the SQL condition of a row that breaks it.

Great Expectations judges a rule; which rows go into quarantine is asked of the database with the same arguments,
because the failing rows that Great Expectations lists are cut off and hold values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, not_, or_, select, tuple_

Broken = Callable[[FromClause, dict[str, Any]], ColumnElement[bool]]


@dataclass(frozen=True)
class Expectation:
    """`columns`: the arguments that name columns. `broken`: the condition of a breaking row, over the rows of a table.

    `on_null`: whether a null is looked at; every other expectation passes it over.
    """

    columns: tuple[str, ...]
    broken: Broken
    on_null: bool = False


def _column(rows: FromClause, name: str) -> ColumnElement[Any]:
    found: ColumnElement[Any] = rows.c[name]
    return found


def _null(rows: FromClause, kwargs: dict[str, Any]) -> ColumnElement[bool]:
    return _column(rows, kwargs["column"]).is_(None)


def _not_null(rows: FromClause, kwargs: dict[str, Any]) -> ColumnElement[bool]:
    return _column(rows, kwargs["column"]).is_not(None)


def _outside_set(rows: FromClause, kwargs: dict[str, Any]) -> ColumnElement[bool]:
    return _column(rows, kwargs["column"]).not_in(kwargs["value_set"])


def _unlike(rows: FromClause, kwargs: dict[str, Any]) -> ColumnElement[bool]:
    return not_(_column(rows, kwargs["column"]).regexp_match(kwargs["regex"]))


def _outside_range(rows: FromClause, kwargs: dict[str, Any]) -> ColumnElement[bool]:
    column = _column(rows, kwargs["column"])
    bounds = []
    if kwargs.get("min_value") is not None:
        bounds.append(column < kwargs["min_value"])
    if kwargs.get("max_value") is not None:
        bounds.append(column > kwargs["max_value"])
    return or_(*bounds)


def _not_greater(rows: FromClause, kwargs: dict[str, Any]) -> ColumnElement[bool]:
    first, second = _column(rows, kwargs["column_A"]), _column(rows, kwargs["column_B"])
    return first < second if kwargs.get("or_equal") else first <= second


def _repeated(rows: FromClause, columns: list[str]) -> ColumnElement[bool]:
    again = rows.alias("again")
    given = and_(*(again.c[name].is_not(None) for name in columns))
    repeated = select(*(again.c[name] for name in columns)).where(given)
    repeated = repeated.group_by(*(again.c[name] for name in columns)).having(func.count() > 1)
    if len(columns) == 1:
        return _column(rows, columns[0]).in_(repeated)
    return tuple_(*(rows.c[name] for name in columns)).in_(repeated)


EXPECTATIONS: dict[str, Expectation] = {
    "expect_column_values_to_not_be_null": Expectation(("column",), _null, on_null=True),
    "expect_column_values_to_be_null": Expectation(("column",), _not_null, on_null=True),
    "expect_column_values_to_be_in_set": Expectation(("column",), _outside_set),
    "expect_column_values_to_match_regex": Expectation(("column",), _unlike),
    "expect_column_values_to_be_between": Expectation(("column",), _outside_range),
    "expect_column_values_to_be_unique": Expectation(("column",), lambda rows, kwargs: _repeated(rows, [kwargs["column"]])),
    "expect_column_pair_values_a_to_be_greater_than_b": Expectation(("column_A", "column_B"), _not_greater),
    "expect_compound_columns_to_be_unique": Expectation(
        ("column_list",), lambda rows, kwargs: _repeated(rows, kwargs["column_list"])
    ),
}
