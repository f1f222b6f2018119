"""From a figure to the rows behind it: numbers and codes only, for those who may see the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sangloc import audit, clock
from sangloc.errors import RefusedInputError
from sangloc.reporting.figures import indicators, parameters
from sangloc.reporting.submissions import AREA, look_at
from sangloc.warehouse import sql, transaction

# No facility's code is longer.
LONGEST_KEY = 255
_EXAM = ("exams", "over_new_year")
_PERSON_KEYS = ("commune", "sex", "age")
_EXAMINED_KEYS = (*_PERSON_KEYS, "source", "payer", "form", "class", "week", "group")
_REPORTED = (
    "conferences", "party_cell_meetings", "union_meetings", "news_articles", "columns", "media_products", "insurance_cover",
    "station_visits", "doctors_per_station", "doctor_rotations", "immunisation",
)  # fmt: skip
_RECORD_KEYS = ("source", "facility", "review_reason", "state")


@dataclass(frozen=True)
class _Way:
    """How the rows of an indicator are found: the statement, the keys it can be asked for, and its fixed parameters."""

    statement: str
    keys: tuple[str, ...]
    fixed: dict[str, Any]


def _examined(of_period: bool, of_residents: bool, classed: bool = False) -> _Way:
    return _Way("examined", _EXAMINED_KEYS, {"of_period": of_period, "of_residents": of_residents, "classed": classed})


def _residents(owning: str) -> _Way:
    return _Way("residents", _PERSON_KEYS, {"owning": owning})


def _records(which: str, of_period: bool) -> _Way:
    return _Way("records", _RECORD_KEYS, {"which": which, "of_period": of_period})


def _reported(figure: str) -> _Way:
    return _Way("input", ("unit_kind", "commune"), {"figure": figure})


_WAYS = {
    **{
        f"{name}{suffix}": _examined(bool(suffix), True)
        for name in ("examined_share", "examined_commune_age", "examined_commune_source", "examined_sex_age")
        for suffix in ("", "_period")
    },
    "weekly_progress": _examined(False, True),
    "people_examined_year": _examined(False, False),
    "people_examined_period": _examined(True, False),
    **{
        f"{name}{suffix}": _examined(bool(suffix), False, classed=True)
        for name in ("result_classes", "result_classes_age")
        for suffix in ("", "_period")
    },
    "paid_twice": _Way("repeated", ("source",), {"paid_twice": True}),
    "repeated_exams": _Way("repeated", ("source",), {"paid_twice": False}),
    "insurance_known": _residents("insurance"),
    "citizen_id_known": _residents("number"),
    "health_book_share": _residents("book"),
    "first_books_year": _residents("book_of_year"),
    "first_books_period": _residents("book_of_period"),
    "timeliness": _records("late", True),
    "timeliness_facility": _records("late", True),
    "records_signed": _records("unsigned", True),
    "linkage": _records("unlinked", False),
    "review_reasons": _records("in_review", False),
    **{name: _reported(name) for name in _REPORTED},
    "rows_rejected": _Way("rejects", ("kind", "reason"), {"corrected": False}),
    "rows_corrected": _Way("rejects", ("kind", "reason"), {"corrected": True}),
}


def figure_code(indicator: str, breakdown: str = "total", key: str = "") -> str:
    """The name of a figure within its report: `examined_share`, or `examined_share.commune.05983`."""
    return indicator if breakdown == "total" else f"{indicator}.{breakdown}.{key}"


def of_code(code: str) -> tuple[str, str, str]:
    """Indicator, breakdown and key of a figure's name.

    Raises:
        RefusedInputError: when no figure is named like this.
    """
    indicator, *rest = code.strip().split(".", 2)
    if indicator not in indicators() or len(rest) == 1:
        raise RefusedInputError("no figure has this code; expected for example examined_share.commune.05983")
    breakdown, key = rest or ("total", "")
    return indicator, breakdown, key


def rows_behind(
    submission_id: int, indicator: str, breakdown: str, key: str, by: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The rows behind a figure as the warehouse has them now, for an officer who may see the warehouse (role loader).

    Of timeliness, signatures and linkage these are the records that the share misses. The ledger keeps who asked.

    Args:
        submission_id: whose province and period.
        indicator: its id.
        breakdown: `total`, or one of the indicator's.
        key: within the breakdown; `row/column` in one by two things.
        by: user name, for the ledger.

    Returns:
        Names of the columns, and the rows: ids, codes and days, nothing personal.

    Raises:
        RefusedInputError: when there is no such submission, or the indicator or breakdown has no rows to show.
        WarehouseError: when the database refuses a statement.
    """
    way = _WAYS.get(indicator)
    if way is None:
        raise RefusedInputError(f"no rows can be shown for this indicator; those that have some: {', '.join(sorted(_WAYS))}")
    asked = _asked(way, breakdown, key)
    with transaction() as conn:
        submission = look_at(conn, submission_id)
        known = parameters(submission, clock.now().isoformat())
        if way.statement in ("examined", "repeated"):
            for name in _EXAM:
                conn.execute(sql(f"reporting/counted_{name}"), known)
        keys = {f"key_{name}": asked.get(name) for name in way.keys}
        result = conn.execute(sql(f"reporting/rows/{way.statement}"), known | way.fixed | keys)
        rows = [tuple(row) for row in result]
        # A key that nothing has may be anything that somebody typed.
        figure = figure_code(indicator, breakdown, key) if rows else indicator
        audit.seal(conn, _event("shown", submission_id, by, indicator=indicator, figure=figure, rows=len(rows)))
    return list(result.keys()), rows


def has_rows(indicator: str, breakdown: str) -> bool:
    """Whether `rows_behind` can show the rows of a figure by this breakdown."""
    way = _WAYS.get(indicator)
    return way is not None and (
        breakdown == "total" or breakdown in way.keys or all(name in way.keys for name in breakdown.split("_"))
    )


def note_refused(submission_id: int, indicator: str, by: str) -> None:
    """Put into the ledger that somebody asked for rows whom they do not concern."""
    audit.append(_event("refused", submission_id, by, indicator=indicator))


def _asked(way: _Way, breakdown: str, key: str) -> dict[str, str]:
    if breakdown == "total":
        return {}
    names = [breakdown] if breakdown in way.keys else breakdown.split("_")
    parts = key.split("/") if len(names) > 1 else [key]
    if not key.isprintable() or len(key) > LONGEST_KEY:
        raise RefusedInputError("no figure has this key")
    if any(name not in way.keys for name in names) or len(parts) != len(names):
        raise RefusedInputError(f"expected total, or keys of {', '.join(way.keys)} (two of them as commune_age with KEY/KEY)")
    return dict(zip(names, parts, strict=True))


def _event(outcome: str, submission_id: int, by: str, **facts: int | str) -> audit.Event:
    return audit.by_person(AREA, by, "figure_rows", outcome, f"submission-{submission_id}", facts)
