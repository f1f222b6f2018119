"""What is offered as the rows behind a figure is as many rows as the figure says, for every indicator and breakdown."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psycopg

from sangloc import reporting
from sangloc.reporting.behind import has_rows

# Their rows are the records that the share misses.
MISSED = ("timeliness", "timeliness_facility", "records_signed", "linkage")


def test_as_many_rows_as_the_figure_counts(rows: Any, warehouse: psycopg.Connection) -> None:
    first, second = rows.communes[0], rows.communes[1]
    people = [
        rows.person(first, 1950, 1, insured=True, groups=["1", "3"]),
        rows.person(first, 1950, 2, groups=["1"]),
        rows.person(first, 1980, 1, insured=True),
        rows.person(first, 2015, 2, groups=["11"]),
        rows.person(second, 2022, 1),
        rows.person(second, 1980, 2, residence="temporary_short", insured=True),
    ]
    rows.exam(people[0], "2026-10-05", "screening", "2", 3)
    rows.exam(people[0], "2026-10-20", "worker", "4", None)
    rows.exam(people[1], "2026-03-01", "periodic", "2", 2)
    rows.exam(people[1], "2026-10-02", "insurance", "3", 1, hours=30)
    rows.exam(people[2], "2026-10-30", "worker", "4", None)
    rows.exam(people[3], "2026-10-31", "school", None, 1)
    rows.exam(people[3], "2026-10-31", "school", None, 1)
    rows.exam(people[4], "2026-11-01", "screening", "2", 1)
    rows.exam(people[5], "2026-10-09", "screening", "2", 4)
    rows.exam(None, "2026-10-10", "insurance", "3", None, candidates=people[:1])
    rows.exam(None, "2026-10-11", "insurance", "3", None, candidates=[])
    rows.exam(None, "2026-10-11", "insurance", "3", None, hours=200)
    failed = rows.file("exam", read=100, rejected=1)
    rows.reject(failed, "name_missing")
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.take_snapshot(submission)
    stored = warehouse.execute(
        "SELECT indicator, breakdown, key, numerator, denominator FROM reporting.figure WHERE numerator IS NOT NULL"
    ).fetchall()
    offered = {figure[:3]: figure[3:] for figure in stored if has_rows(*figure[:2])}
    differing = {}
    asked: Counter[tuple[str, str]] = Counter()
    for (indicator, breakdown, key), (part, whole) in offered.items():
        asked[indicator, breakdown] += 1
        if asked[indicator, breakdown] > 4:
            continue
        missed = indicator in MISSED and breakdown != "state"
        found = len(reporting.rows_behind(submission, indicator, breakdown, key, "officer")[1])
        if found != (whole - part if missed else part):
            differing[indicator, breakdown, key] = (found, part, whole)
    assert differing == {}
    assert len({indicator for indicator, _, _ in offered}) > 25
