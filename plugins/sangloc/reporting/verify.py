"""Whether a document is what was made, and its figures what was counted: for whoever holds the file, years later."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sangloc import audit
from sangloc.clock import VIETNAM
from sangloc.errors import ConfigurationError, RefusedInputError
from sangloc.reporting import manifest
from sangloc.reporting.delivery import documents_hash
from sangloc.reporting.documents import written
from sangloc.reporting.figures import figures_hash, read_figures
from sangloc.reporting.lines import what_was_changed
from sangloc.reporting.submissions import look_at
from sangloc.warehouse import sql, transaction

LONGEST = 100 * 1024 * 1024


@dataclass
class Verdict:
    """What the examination of a file found.

    Attributes:
        sha256: of the file.
        differences: what is not as it was, in plain words; empty when everything is equal.
        said: what it is: report and version, who approved it when, and the documents that belong to it.
        notes: what one should know besides, such as definitions that were changed since.
        manifest: the document's manifest; None when the file is no document of this warehouse.
    """

    sha256: str
    said: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    manifest: dict[str, Any] | None = None

    @property
    def equal(self) -> bool:
        """Whether the document, its figures and what they came from are as they were."""
        return not self.differences


def verify_report(path: Path) -> Verdict:
    """Find the document a file is, by its content, and prove it: bytes, figures, manifest, approval, ledger.

    It is written again from the snapshot's figures and compared byte for byte.

    Args:
        path: a report as it was mailed (DOCX, PDF or XLSX).

    Returns:
        The verdict. A file whose content is unknown differs.

    Raises:
        RefusedInputError: when there is no such file or it is longer than any document.
        WarehouseError: when the database refuses a statement.
    """
    if not path.is_file() or path.stat().st_size > LONGEST:
        raise RefusedInputError("there is no such file, or it is longer than any report")
    verdict = Verdict(hashlib.sha256(path.read_bytes()).hexdigest())
    with transaction("report") as conn:
        row = conn.execute(sql("reporting/document_of_hash"), {"sha256": verdict.sha256}).mappings().one_or_none()
        if row is None:
            named = conn.execute(sql("reporting/document_named"), {"file_name": path.name}).one_or_none()
            if named is None:
                verdict.differences.append(
                    "no report with this content was made here: the file was changed, or comes from elsewhere"
                )
                return verdict
            verdict.differences.append(
                "a report of this name was made here, but with other content: the file was changed after it was made"
            )
            verdict.differences += what_was_changed(named.kind, bytes(named.content), path.read_bytes())
            return verdict
        _prove(conn, row, verdict)
    broken = audit.verify()
    if broken:
        verdict.differences.append(f"the audit ledger does not hold at {len(broken)} of its events, the first is {broken[0]}")
    return verdict


def _prove(conn: Connection, row: Any, verdict: Verdict) -> None:
    differ = verdict.differences.append
    number, version = row["submission_id"], row["version"]
    verdict.said.append(
        f"report {row['slug']} {row['obligation']} {row['period_key']}, version {version} (submission {number}, now "
        f"version {row['newest_version']} {row['state']})"
    )
    documents = list(conn.execute(sql("reporting/documents"), {"submission": number, "version": version}).mappings())
    verdict.said += [f"{each['kind']} {each['file_name']}: SHA-256 {each['sha256']}" for each in documents]
    if row["stored_sha256"] != verdict.sha256:
        differ("the stored document is not the one its recorded hash belongs to")
    if row["snapshot_id"] is None or row["content"] is None:
        differ("the figures it was made from, or their manifest, are not stored (any more)")
        return
    content = row["content"]
    verdict.manifest = row["manifest"]
    if manifest.sha256_of(content) != row["manifest_sha256"]:
        differ("the manifest was changed after it was written")
    figures = read_figures(conn, row["snapshot_id"])
    counted = figures_hash(figures)
    sealed = content["snapshot"]
    if counted != row["figures_hash"] or counted != sealed["figures_hash"]:
        differ(
            f"the stored figures are not those it was made from: {len(figures)} figures with hash {counted[:12]}, "
            f"the manifest names {sealed['figures']} with {sealed['figures_hash'][:12]}"
        )
    _sources(conn, content, verdict)
    before = len(verdict.notes)
    _definitions(row["slug"], content, verdict)
    _written_anew(conn, row, verdict, as_then=len(verdict.notes) == before)
    facts = {
        "manifest": row["manifest_sha256"],
        "figures": sealed["figures_hash"],
        "kind": row["kind"],
        "document": verdict.sha256,
        "head": content["audit_head"],
    }
    known = conn.execute(sql("reporting/ledger_facts"), facts).one()
    for found, what in (
        (known.manifest, "the task that took the figures"),
        (known.document, "the task that wrote the document"),
        (known.head, "the event that was the newest when the figures were taken"),
    ):
        if not found:
            differ(f"the audit ledger does not have {what} with these hashes")
    _approval(conn, row, documents_hash(documents), verdict)
    if version != row["newest_version"]:
        verdict.notes.append(f"version {version} was replaced: the newest is {row['newest_version']}")


def _approval(conn: Connection, row: Any, documents: str, verdict: Verdict) -> None:
    """Compare who approved the version, when and what, by the manifest and by the ledger."""
    assert verdict.manifest is not None
    named, at = verdict.manifest["approver"], verdict.manifest["approved_at"]
    known = {"submission": row["submission_id"], "version": row["version"], "documents": documents}
    event = conn.execute(sql("reporting/approvals"), known).one_or_none()
    if named is None:
        if event is not None:
            verdict.differences.append("the audit ledger has an approval of this version, the manifest names nobody")
        elif row["version"] == row["newest_version"]:
            verdict.notes.append(f"nobody has approved it yet (state {row['state']})")
        return
    at = datetime.fromisoformat(at)
    verdict.said.append(f"approved by {named} at {at.astimezone(VIETNAM).isoformat(timespec='seconds')}")
    if event is None:
        verdict.differences.append("the audit ledger has no approval of this version")
        return
    if not event.by_person:
        verdict.notes.append("the audit ledger has the approval of these documents, but not by whom: earlier release")
        return
    if event.actor != named:
        verdict.differences.append(f"the manifest says that {named} approved it, the audit ledger says {event.actor}")
    if event.happened_at != at:
        verdict.differences.append(
            f"the audit ledger has the approval at {event.happened_at.astimezone(VIETNAM).isoformat(timespec='seconds')}"
        )
    if event.documents != documents:
        verdict.differences.append(
            f"the documents of this version are not those that were approved: their hash is {documents[:12]}, the audit ledger "
            f"has {(event.documents or 'none')[:12]}"
        )


def _written_anew(conn: Connection, row: Any, verdict: Verdict, as_then: bool) -> None:
    """Write the document again from the stored figures: whether it says what they say, whatever hashes stand beside it.

    Args:
        as_then: definitions and code are those it was made with, so that the same bytes must come out.
    """
    submission = replace(look_at(conn, row["submission_id"]), version=row["version"])
    try:
        again = dict(written(conn, submission, [row["kind"]])).get(row["kind"], b"")
    except ConfigurationError:
        again = b""
    if hashlib.sha256(again).hexdigest() == verdict.sha256:
        return
    if as_then:
        verdict.differences.append(
            "written again from its figures it has other content: it says something else, or a unit has another name today"
        )
    else:
        verdict.notes.append(
            "written again from its figures it has other content, as it may: definitions or code were changed since"
        )


def _sources(conn: Connection, content: dict[str, Any], verdict: Verdict) -> None:
    stored = {
        row.file_id: row.sha256 for row in conn.execute(sql("reporting/source_hashes"), {"province": content["province"]})
    }
    changed = sum(stored.get(number) != sha256 for number, _, sha256 in content["sources"])
    if changed:
        verdict.differences.append(
            f"{changed} of {len(content['sources'])} files its figures came from are not registered with these hashes any more"
        )


def _definitions(slug: str, content: dict[str, Any], verdict: Verdict) -> None:
    today = manifest.definitions(slug)
    for kind, hashes in content["definitions"].items():
        changed = sorted(name for name, sha256 in hashes.items() if today.get(kind, {}).get(name) != sha256)
        if changed:
            shown = ", ".join(changed[:5]) + (" …" if len(changed) > 5 else "")
            verdict.notes.append(f"{kind}: {len(changed)} of {len(hashes)} definitions were changed since: {shown}")
    if content["code_version"] != audit.code_version():
        verdict.notes.append(f"it was made by code version {content['code_version']}, this is {audit.code_version()}")
