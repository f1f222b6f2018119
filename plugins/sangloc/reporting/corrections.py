"""What a new version of a report that went out says of itself: which one it replaces, why, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from sangloc.reporting import words
from sangloc.reporting.below import Below
from sangloc.reporting.documents import read_snapshot
from sangloc.reporting.figures import Published, Value, indicators, read_figures
from sangloc.reporting.submissions import Submission
from sangloc.reporting.wording import measured
from sangloc.warehouse import sql

# So many units a mail names; a province has more communes than anybody reads on a phone.
MOST_NAMED = 20


@dataclass(frozen=True)
class Change:
    """An indicator whose values differ between two versions of a report.

    `before` and `after` are its figure for the whole as both versions print it, empty when that is the same.
    `details` is the number of values that differ below the whole, by commune, sex and so on. Where units below differ, in what
    they wrote or in having reported at all, `units` names them.
    """

    indicator: str
    name_vi: str
    before: str
    after: str
    details: int
    units: Sequence[str] = ()

    def __str__(self) -> str:
        said = self.name_vi + (f": {self.before} → {self.after}" if self.after else "")
        said += f" ({self.details} số liệu chi tiết thay đổi)" if self.details else ""
        return said + (f": {'; '.join(self.units)}" if self.units else "")


@dataclass(frozen=True)
class Correction:
    """Which version is replaced, when it went out, why, and the figures that changed.

    `partly`: it went out to some of its recipients, or may have.
    """

    replaces: int
    sent_on: str
    partly: bool
    reason: str
    changes: list[Change]


def correction(conn: Connection, submission: Submission) -> Correction | None:
    """What the submission's version corrects; None for a report that goes out for the first time.

    Raises:
        RefusedInputError: when the version has no snapshot yet.
    """
    known = {"submission": submission.submission_id, "version": submission.version}
    row = conn.execute(sql("reporting/corrected_version"), known).mappings().one_or_none()
    if row is None:
        return None
    sent: datetime = row["delivered_at"]
    changed = changes(conn, submission, row["version"])
    return Correction(row["version"], words.instant(sent), row["partly"], row["reason"], changed)


def changes(conn: Connection, submission: Submission, since: int) -> list[Change]:
    """The report's indicators whose values are not those of version `since`, in its order; then units below whose words
    differ, and units that had not reported by then.

    Small cells stay suppressed: of a value that either version hides, the words for it are shown and no count.

    Raises:
        RefusedInputError: when either version has no snapshot.
    """
    new, old = read_snapshot(conn, submission), read_snapshot(conn, replace(submission, version=since))
    values = [
        {(figure.indicator, figure.breakdown, figure.key): figure[3:] for figure in read_figures(conn, seal.snapshot)}
        for seal, _, _ in (new, old)
    ]
    differing = [key for key in values[0].keys() | values[1].keys() if values[0].get(key) != values[1].get(key)]
    found = []
    known = indicators()
    for indicator in submission.duty.contents:
        details = sum(1 for key in differing if key[0] == indicator and key[1] != "total")
        before, after = (_shown(figures, indicator) for figures in (old[1], new[1]))
        if details or before != after:
            before, after = ("", "") if before == after else (before, after)
            found.append(Change(indicator, known[indicator].name_vi, before, after, details))
    return found + _below(submission, old[1].below, new[1].below)


def _below(submission: Submission, old: Below, new: Below) -> list[Change]:
    found = []
    for figure in submission.duty.manual_figures:
        said = [dict(each.texts.get(figure.id, ())) for each in (old, new)]
        units = sorted(unit for unit in said[0].keys() | said[1].keys() if said[0].get(unit) != said[1].get(unit))
        if units:
            found.append(Change(figure.id, f"{figure.name_vi} (nội dung do đơn vị báo cáo)", "", "", 0, _named(units)))
    missing = {standing.input: standing.missing for standing in old.inputs}
    names = {owed.id: owed.name_vi for owed in submission.duty.inputs}
    for standing in new.inputs:
        units = sorted(set(missing.get(standing.input, ())) - set(standing.missing))
        if units:
            what = f"Đơn vị gửi báo cáo sau bản trước – {names.get(standing.input, standing.input)}"
            found.append(Change(standing.input, what, "", "", 0, _named(units)))
    return found


def _named(units: list[str]) -> list[str]:
    """The units, or the first of them and how many others."""
    more = len(units) - MOST_NAMED
    return units if more <= 0 else [*units[:MOST_NAMED], f"và {more} đơn vị khác"]


def _shown(figures: Published, indicator: str) -> str:
    value: Value = figures.get(indicator)
    if value.hidden_as:
        return words.HIDDEN[value.hidden_as]
    if value.numerator is None:
        return "không có số liệu"
    one = indicators()[indicator]
    if value.denominator and (one.average or one.unit == "%"):
        return measured(value, one.unit)
    text = words.number(value.numerator)
    return text if value.denominator in (None, value.numerator) else f"{text}/{words.number(value.denominator)}"
