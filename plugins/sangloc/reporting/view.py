"""What pages show of a report: how it stands, how it came there, its documents and its published figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from sangloc import provinces
from sangloc.errors import RefusedInputError
from sangloc.reporting.behind import figure_code, has_rows
from sangloc.reporting.board import board
from sangloc.reporting.documents import read_beside, read_snapshot
from sangloc.reporting.figures import Indicator, indicators
from sangloc.reporting.submissions import Submission, look_at
from sangloc.reporting.wording import Words, count, rate, share
from sangloc.warehouse import sql, transaction

# The indicator that a report's first page shows on the map.
COVERAGE = "examined_share"


@dataclass(frozen=True)
class Line:
    """One figure as documents print it.

    Attributes:
        label: what it is of.
        code: names it, see `figure_code`.
        numerator, denominator, rate: texts.
        share: the rate in per cent for a bar; None where none is published.
    """

    label: str
    code: str
    numerator: str
    denominator: str
    rate: str
    share: float | None


@dataclass(frozen=True)
class Table:
    """The figures of an indicator by one breakdown; `rows`: whether the rows behind them can be shown."""

    breakdown: str
    lines: list[Line]
    rows: bool


@dataclass(frozen=True)
class Figures:
    """An indicator of a report: its whole, its tables, and a map where communes have shares.

    `rows`: whether the rows behind the whole can be shown.
    """

    indicator: str
    name_vi: str
    unit: str
    total: Line
    rows: bool
    tables: list[Table]
    map: dict[str, Any] | None


@dataclass(frozen=True)
class Report:
    """A report: its row of the board, its steps, documents, mails and figures (empty before its snapshot)."""

    submission: Submission
    standing: dict[str, Any]
    steps: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    mails: list[dict[str, Any]]
    figures: list[Figures]


def submission_of(submission_id: int) -> Submission:
    """A report without anything of it: what says who may see it.

    Raises:
        RefusedInputError: when there is no such submission.
        WarehouseError: when the database refuses a statement.
    """
    with transaction("report") as conn:
        return look_at(conn, submission_id)


def view(submission_id: int) -> Report:
    """All of a report but the tables of its figures.

    Raises:
        RefusedInputError: when there is no such submission.
        WarehouseError: when the database refuses a statement.
    """
    asked = {"submission": submission_id}
    with transaction("report") as conn:
        submission = look_at(conn, submission_id)
        steps, documents, mails = (
            [dict(row) for row in conn.execute(sql(f"reporting/{name}"), asked).mappings()]
            for name in ("steps", "kept_documents", "mails_of_submission")
        )
        helper = _words(conn, submission)
    rows = board(submission.slug, submission.period_to.year)
    standing = next((row for row in rows if row["submission_id"] == submission_id), None)
    if standing is None:
        raise RefusedInputError(f"the profile no longer has the obligation of submission {submission_id}")
    names = {to.address: to.name for to in submission.duty.recipients}
    for mail in mails:
        mail["name"] = names.get(mail["recipient"], "")
    known = indicators()
    figures = [_of(helper, known[name], tables=False) for name in submission.duty.contents] if helper else []
    return Report(submission, standing, steps, documents, mails, figures)


def figures_view(submission_id: int, indicator: str) -> Figures:
    """The tables of an indicator, as the report's documents publish them.

    Raises:
        RefusedInputError: when there is no such submission, it has no figures yet or does not contain the indicator.
        WarehouseError: when the database refuses a statement.
    """
    with transaction("report") as conn:
        submission = look_at(conn, submission_id)
        helper = _words(conn, submission)
    if helper is None or indicator not in submission.duty.contents:
        raise RefusedInputError(f"submission {submission_id} has no figures of this indicator")
    return _of(helper, indicators()[indicator], tables=True)


def document(submission_id: int, document_id: int) -> tuple[str, bytes]:
    """File name and content of one of a submission's documents.

    Raises:
        RefusedInputError: when it has no such document.
        WarehouseError: when the database refuses a statement.
    """
    with transaction("report") as conn:
        kept = {
            row["document_id"]
            for row in conn.execute(sql("reporting/kept_documents"), {"submission": submission_id}).mappings()
        }
        if document_id not in kept:
            raise RefusedInputError(f"submission {submission_id} has no such document")
        row = conn.execute(sql("reporting/documents_by_id"), {"documents": [document_id]}).mappings().one()
    return str(row["file_name"]), bytes(row["content"])


def _words(conn: Connection, submission: Submission) -> Words | None:
    """Names and published figures of the newest version; None before its snapshot."""
    known = {"submission": submission.submission_id, "version": submission.version}
    if conn.execute(sql("reporting/snapshot"), known).one_or_none() is None:
        return None
    seal, figures, communes = read_snapshot(conn, submission)
    return Words(submission, figures, communes, provinces.load(submission.slug), read_beside(conn, submission, seal))


def _of(helper: Words, one: Indicator, tables: bool) -> Figures:
    breakdowns = sorted(name for name in helper.figures.breakdowns(one.id) if name != "total")
    drawn = _map(helper, one.id) if "commune" in breakdowns and (tables or one.id == COVERAGE) else None
    found = [
        Table(
            name,
            [_line(helper, one, name, key) for key in helper.keys(one.id, name)] if tables else [],
            has_rows(one.id, name),
        )
        for name in breakdowns
    ]
    total = _line(helper, one, "total", "")
    return Figures(one.id, one.name_vi, one.unit, total, has_rows(one.id, "total"), found, drawn)


def _line(helper: Words, one: Indicator, breakdown: str, key: str) -> Line:
    value = helper.figures.get(one.id, breakdown, key)
    # The whole of what counts itself is no share of anything.
    shared = not one.average and not (breakdown == "total" and one.denominator.startswith("all of them"))
    published = shared and value.numerator is not None and bool(value.denominator)
    return Line(
        helper.crossed_label(breakdown, key) if key else "",
        figure_code(one.id, breakdown, key),
        count(value.numerator, value.numerator_hidden),
        count(value.denominator, value.denominator_hidden) if shared or one.average else "",
        rate(value) if shared else "",
        share(value) if published else None,
    )


def _map(helper: Words, indicator: str) -> dict[str, Any] | None:
    keys = [commune.code for commune in helper.communes]
    before = len(helper.blocks)
    helper.commune_map("", indicator, keys)
    return helper.blocks[-1] if len(helper.blocks) > before else None
