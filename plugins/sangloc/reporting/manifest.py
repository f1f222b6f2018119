"""What the figures of a snapshot came from: written down with them, so that a document can be proved years later."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection

from sangloc import audit, settings
from sangloc.reporting.submissions import Submission
from sangloc.warehouse import sql

# Folders of include/ that decide what figures and documents say.
_DEFINITIONS = {
    "indicators": "sql/indicators/*.sql",
    "counted": "sql/reporting/counted_*.sql",
    "templates": "templates/reports/**/*",
}


def definitions(slug: str) -> dict[str, dict[str, str]]:
    """SHA-256 of every file that decides what the province's figures and documents say, by kind and name.

    Kinds: `indicators` and `counted` (statements), `templates` and `profile` (the province's).
    """
    include = settings.include()
    found = {
        kind: {
            path.stem if path.suffix == ".sql" else str(path.relative_to(include / "templates" / "reports")): _sha256(
                path.read_bytes()
            )
            for path in sorted(include.glob(pattern))
            if path.is_file()
        }
        for kind, pattern in _DEFINITIONS.items()
    }
    profile = include / "provinces" / slug / "profile.yaml"
    return found | {"profile": {slug: _sha256(profile.read_bytes())}}


def keep(conn: Connection, submission: Submission, snapshot: dict[str, Any]) -> str:
    """Write the manifest of a snapshot within the transaction that takes it.

    Beside `snapshot` it holds the hashes of all definitions, of every file that was loaded when the figures were read,
    the code's version, the DAG run and the head of the audit ledger. Documents add their own hash and who approved them
    (`reporting.document_manifest`).

    Args:
        snapshot: id, taken_at, database (the server's snapshot), figures (their number) and figures_hash.

    Returns:
        The manifest's SHA-256, for the ledger.

    Raises:
        WarehouseError: when the database refuses a statement.
    """
    head = conn.execute(sql("reporting/audit_head"), {"at": snapshot["taken_at"]}).scalar_one_or_none()
    files = conn.execute(sql("reporting/source_files"), {"province": submission.province})
    content = {
        "province": submission.province,
        "obligation": submission.obligation,
        "period": {
            "key": submission.period_key,
            "from": submission.period_from.isoformat(),
            "to": submission.period_to.isoformat(),
        },
        "submission": submission.submission_id,
        "version": submission.version,
        "snapshot": snapshot,
        "definitions": definitions(submission.slug),
        "sources": [[row.file_id, row.kind, row.sha256] for row in files],
        "code_version": audit.code_version(),
        "dag_run": submission.run_id,
        "audit_head": head,
    }
    digest = sha256_of(content)
    conn.execute(
        sql("reporting/save_manifest"),
        {"snapshot": snapshot["id"], "content": json.dumps(content, ensure_ascii=False), "sha256": digest},
    )
    return digest


def kept(conn: Connection, snapshot_id: int) -> str | None:
    """The SHA-256 of a snapshot's manifest; None for a snapshot from before manifests were kept."""
    digest: str | None = conn.execute(sql("reporting/manifest_sha256"), {"snapshot": snapshot_id}).scalar_one_or_none()
    return digest


def sha256_of(content: dict[str, Any]) -> str:
    """SHA-256 of a manifest in canonical writing, the same whether it was just made or read from the database."""
    return _sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
