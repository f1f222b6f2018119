"""The rows of a province that a suite looks at."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import column, text

from sangloc.warehouse import sql

if TYPE_CHECKING:
    from sqlalchemy import FromClause

    from sangloc.quality.suites import Suite


def rows_query(suite: Suite, province_code: str, today: date) -> str:
    """The SELECT of `include/sql/quality/rows/<suite>.sql`, with its parameters filled in.

    Great Expectations takes a query as text and wants it to begin with SELECT, so comments go. The only parameters are
    the province's two digits and a date.
    """
    statement = sql(f"quality/rows/{suite.name}").text
    lines = [line for line in statement.splitlines() if not line.lstrip().startswith("--")]
    values = {"province_code": province_code, "today": today.isoformat()}
    assert province_code.isdigit()
    query = "\n".join(lines)
    for name, value in values.items():
        query = query.replace(f":{name}", f"'{value}'")
    return query.strip()


def rows_clause(suite: Suite, query: str) -> FromClause:
    """The same rows as something SQLAlchemy can select from: the key of a row and the columns the rules name."""
    names = sorted({"row_key", *(name for rule in suite.rules for name in rule.columns)})
    # A colon in the query is not a parameter any more.
    return text(query.replace(":", r"\:")).columns(*(column(name) for name in names)).subquery("rows")
