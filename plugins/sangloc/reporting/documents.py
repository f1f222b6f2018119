"""From a snapshot to documents: rendered once per version, kept as bytes with their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection

from sangloc import audit, clock, settings
from sangloc.errors import RefusedInputError
from sangloc.reporting import annex, pdf, word, words
from sangloc.reporting.below import read_below
from sangloc.reporting.content import Seal, build
from sangloc.reporting.figures import Published, indicators, read_figures
from sangloc.reporting.submissions import SETTLED, Submission, load, set_state
from sangloc.reporting.wording import Before, Beside, Commune, Replaced
from sangloc.warehouse import sql, transaction

WRITERS = {"docx": word.write, "pdf": pdf.draw, "xlsx": annex.write}


def render(submission_id: int) -> dict[str, Any]:
    """Write the DOCX, the PDF and the annex (XLSX) of a submission's version and keep them.

    A version that has its documents keeps exactly those bytes; a lost file is written again from them.

    Returns:
        submission, version, documents (SHA-256 by kind) and folder; or `skipped` with the state of a submission whose
        version is settled.

    Raises:
        RefusedInputError: when there is no such submission or it has no snapshot.
        ConfigurationError: when a template or the layout is wrong.
        WarehouseError: when the database refuses a statement.
    """
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        known = {"submission": submission_id, "version": submission.version}
        if submission.state in SETTLED:
            return known | {"skipped": submission.state}
        kept = _kept(conn, known)
        if not kept:
            for kind, content in written(conn, submission):
                conn.execute(
                    sql("reporting/save_document"),
                    known
                    | {
                        "kind": kind,
                        "file_name": f"{_stem(submission)}.{kind}",
                        "sha256": hashlib.sha256(content).hexdigest(),
                        "content": content,
                        "now": clock.now(),
                    },
                )
            kept = _kept(conn, known)
        set_state(conn, submission_id, "compiled")
    folder = settings.outputs() / submission.slug / submission.obligation / submission.period_key
    folder.mkdir(parents=True, exist_ok=True)
    for row in kept:
        partial = folder / f".{row['file_name']}.part"
        partial.write_bytes(row["content"])
        partial.replace(folder / row["file_name"])
    hashes = {row["kind"]: row["sha256"] for row in kept}
    audit.note(documents=hashes)
    return known | {"documents": hashes, "folder": str(folder)}


def written(conn: Connection, submission: Submission, kinds: Collection[str] = tuple(WRITERS)) -> Iterator[tuple[str, bytes]]:
    """The documents of a submission's version as snapshot, templates and profile give them: the same bytes each time.

    Args:
        kinds: which of `docx`, `pdf` and `xlsx`; a report without an annex has no `xlsx`.

    Raises:
        RefusedInputError: when the version has no snapshot.
        ConfigurationError: when a template or the layout is wrong.
    """
    seal, figures, communes = read_snapshot(conn, submission)
    document = build(submission, figures, communes, seal, read_beside(conn, submission, seal))
    for kind, write in WRITERS.items():
        if kind in kinds and (kind != "xlsx" or document["annex"]):
            yield kind, write(document, seal.taken_at)


def _kept(conn: Connection, known: dict[str, Any]) -> list[Any]:
    return list(conn.execute(sql("reporting/documents"), known).mappings())


def _stem(submission: Submission) -> str:
    return f"{submission.slug}_{submission.obligation}_{submission.period_key}_v{submission.version}"


def read_snapshot(conn: Connection, submission: Submission) -> tuple[Seal, Published, list[Commune]]:
    """What a document or mail about the submission's version is written from.

    Raises:
        RefusedInputError: when the version has no snapshot yet.
    """
    known = {"submission": submission.submission_id, "version": submission.version}
    row = conn.execute(sql("reporting/snapshot"), known).mappings().one_or_none()
    if row is None:
        raise RefusedInputError(f"submission {submission.submission_id} has no snapshot yet; take one first")
    seal = Seal(row["snapshot_id"], row["taken_at"], row["figures_hash"], row["audit_head"])
    figures = Published(read_figures(conn, row["snapshot_id"]), indicators(), read_below(conn, row["snapshot_id"]))
    units = conn.execute(sql("reporting/communes"), {"province": submission.province, "day": submission.period_to})
    return seal, figures, [Commune(unit.code, unit.name) for unit in units]


def read_beside(conn: Connection, submission: Submission, seal: Seal) -> Beside:
    """What a document says beside its own figures: names of facilities, the report before and the version it replaces.

    All as they stood when the snapshot was taken, so that a later rendering reads the same.
    """
    from sangloc.reporting.corrections import changes

    facilities = conn.execute(sql("reporting/facilities"), {"province": submission.province})
    known = {"submission": submission.submission_id, "at": seal.taken_at}
    row = conn.execute(sql("reporting/snapshot_before"), known).mappings().one_or_none()
    before = None
    if row is not None:
        figures = Published(read_figures(conn, row["snapshot_id"]), indicators())
        before = Before(figures, row["snapshot_id"], row["period_to"])
    replaced = None
    row = conn.execute(sql("reporting/replaced_version"), known | {"version": submission.version}).mappings().one_or_none()
    if row is not None:
        changed = list(map(str, changes(conn, submission, row["version"])))
        replaced = Replaced(row["version"], words.instant(row["delivered_at"]), row["reason"] or "", changed)
    return Beside({row.code: row.name for row in facilities}, before, replaced)
