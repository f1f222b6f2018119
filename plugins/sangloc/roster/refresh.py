"""The population roster: lists of communes merged into who lives where, with history."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sangloc import audit, clock
from sangloc.errors import ConfigurationError, RefusedInputError
from sangloc.intake import (
    FileGoneError,
    FileRefused,
    LandingFile,
    Registered,
    claim_file,
    finish_file,
    list_files,
    read_bytes,
    read_table,
    reason_message,
    refusal_message,
    refuse_file,
    register_file,
    save_rejects,
)
from sangloc.provinces import communes, load
from sangloc.roster.labels import groups
from sangloc.roster.parsing import STAGED, Parsed, parse

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COUNTS = (
    "files", "read", "accepted", "rejected", "inserted", "updated", "moved_in", "closed", "unchanged", "changed",
)  # fmt: skip


@dataclass(frozen=True)
class _Commune:
    province_code: str
    code: str
    run_id: str
    # Whether a stay below twelve months makes a resident, by the province's residence rule.
    short_counts: bool


def refresh_commune(slug: str, commune_code: str, run_id: str) -> dict[str, int]:
    """Bring the roster up to a commune's new lists, in the order in which they arrived.

    Every list is complete: who is on none of the newest any more has left. Each list is one transaction; one that was
    merged or refused before is not touched again, so running this twice changes nothing the second time. A refused
    list does not keep the others from being merged; at the end it makes the call fail, and every later call too,
    until it has gone from the landing zone.

    A person is recognised by citizen number, then insurance number (never by a number alone: name and birth date must
    agree, as include/sql/roster/match_identifier.sql says), then by name, birth date and sex within the commune.
    A person on the lists of two communes belongs to the one where the residence is stronger (permanent, then temporary
    from twelve months), the later merged list winning among equals; the other listing is kept as a claim and comes
    into force when the stronger one ends.

    Args:
        slug: the province's folder name.
        commune_code: five digits.
        run_id: of the run, kept with the refresh record.

    Returns:
        Counts: files merged; rows read, accepted and rejected; people inserted, updated, moved_in (from another
        commune), closed and unchanged; changed, the sum of inserted, updated, moved_in and closed.

    Raises:
        ConfigurationError: no such commune in the province.
        RefusedInputError: a list was refused; the message names file, commune and reason.
        WarehouseError: the database refused or broke off; nothing of the list at hand was kept.
    """
    profile = load(slug)
    if commune_code not in {commune.code for commune in communes(slug)}:
        raise ConfigurationError(f"commune {commune_code!r} is none of {slug}; see include/provinces/{slug}/communes.csv")
    commune = _Commune(profile.code, commune_code, run_id, profile.residence.temporary_min_months == 0)
    totals = dict.fromkeys(_COUNTS, 0)
    refused: list[str] = []
    hashes: list[str] = []
    for file in list_files(slug, "roster", commune_code):
        try:
            content = read_bytes(file)
        except FileGoneError:
            continue
        except RefusedInputError as error:
            refused.append(str(error))
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        outcome = _take(commune, file, content, sha256)
        if isinstance(outcome, str):
            refused.append(outcome)
        elif outcome:
            hashes.append(sha256)
            totals["files"] += 1
            for name, value in outcome.items():
                totals[name] += value
    totals["changed"] = sum(totals[name] for name in ("inserted", "updated", "moved_in", "closed"))
    audit.note(rows={name: totals[name] for name in ("read", "accepted", "rejected")}, files=hashes, changed=totals["changed"])
    if refused:
        raise RefusedInputError("; ".join(refused))
    return totals


def _take(commune: _Commune, file: LandingFile, content: bytes, sha256: str) -> dict[str, int] | str:
    """Merge one file: its counts, nothing when it was merged before, or why it is refused."""
    from sangloc.warehouse import transaction

    with transaction() as conn:
        entry = register_file(
            conn,
            commune.province_code,
            "roster",
            path=file.path,
            sha256=sha256,
            size_bytes=len(content),
            now=clock.now(),
            commune_code=commune.code,
            run_id=commune.run_id,
        )
        if entry.commune_code != commune.code:
            return _refusal(commune, entry, sha256, "other_commune", reason_message("other_commune"))
        if entry.status == "refused":
            return _refusal(commune, entry, sha256, entry.reason_code or "", refusal_message(conn, entry.file_id))
    if not entry.is_new:
        return {}
    rows_read = 0
    try:
        parsed = parse(read_table(content, file.name, "roster"), clock.today())
        rows_read = parsed.rows_read
        if parsed.frame.is_empty():
            # Taken at its word it would close everyone in the commune.
            raise FileRefused("list_empty")
    except FileRefused as error:
        with transaction() as conn:
            if claim_file(conn, entry.file_id):
                refuse_file(
                    conn,
                    entry.file_id,
                    error.reason_code,
                    str(error),
                    rows_read=rows_read,
                    column_name=error.column_name,
                )
        return _refusal(commune, entry, sha256, error.reason_code, str(error))
    return _merge(commune, entry.file_id, parsed)


def _refusal(commune: _Commune, entry: Registered, sha256: str, reason_code: str, message: str) -> str:
    return f"xã {commune.code}, tệp số {entry.file_id} (sha256 {sha256[:12]}…), {reason_code}: {message}"


def _merge(commune: _Commune, file_id: int, parsed: Parsed) -> dict[str, int]:
    """Merge a parsed list in one transaction; nothing when another process has done it meanwhile."""
    import polars as pl

    from sangloc.warehouse import advisory_lock, copy_rows, sql, transaction

    now = clock.now()
    today = now.date()
    target = groups()
    values: dict[str, Any] = {
        "province_code": commune.province_code,
        "commune_code": commune.code,
        "file_id": file_id,
        "run_id": commune.run_id,
        "now": now,
        "code_set": target.code_set,
        "group_code": target.age_code,
        "born_until": _years_before(today, target.age_from),
        "short_counts": commune.short_counts,
    }

    def run(conn: Connection, name: str, **more: str) -> Any:
        statement = sql(f"roster/{name}")
        given = {**values, **more}
        return conn.execute(statement, {key: given[key] for key in statement.compile().params})

    with transaction() as conn:
        run(conn, "create_stage")
        frame = parsed.frame.with_columns(pl.lit(commune.code).alias("commune_code"), pl.lit(file_id).alias("file_id"))
        copy_rows(conn, "roster_stage", ["row_id", "commune_code", "file_id", *STAGED], frame)
        run(conn, "analyse_stage")
        # Two communes may hand over one person at the same moment: merging goes one commune at a time.
        advisory_lock(conn, f"roster:{commune.province_code}")
        if not claim_file(conn, file_id):
            return {}
        run(conn, "match_unchanged")
        run(conn, "match_identifier", kind="citizen_id")
        run(conn, "match_identifier", kind="insurance_no")
        run(conn, "match_name")
        run(conn, "decide")
        run(conn, "drop_claims")
        closed = run(conn, "close_missing").rowcount
        _apply(conn, run)
        counts = dict(run(conn, "count_actions").mappings().one())
        run(conn, "empty_stage")
        if run(conn, "stage_claims").rowcount:
            _apply(conn, run)
            run(conn, "drop_used_claims")
        run(conn, "write_age_group")
        counts["closed"] = closed
        counts["rejected"] = parsed.rows_rejected
        refresh = sql("roster/write_refresh")
        conn.execute(refresh, {**{key: values[key] for key in refresh.compile().params if key in values}, **counts})
        save_rejects(conn, file_id, parsed.rejects)
        finish_file(
            conn,
            file_id,
            rows_read=parsed.rows_read,
            rows_accepted=parsed.frame.height,
            rows_rejected=parsed.rows_rejected,
            now=now,
            run_id=commune.run_id,
        )
    return {"read": parsed.rows_read, "accepted": parsed.frame.height, **counts}


def _apply(conn: Connection, run: Any) -> None:
    """Carry out what the stage's rows have been decided to do."""
    for name in (
        "keep_displaced", "keep_claims", "end_states", "write_people", "begin_states", "write_identifiers",
        "drop_groups", "write_groups",
    ):  # fmt: skip
        run(conn, name)


def _years_before(day: date, years: int) -> date:
    """The latest birthday of someone who is `years` old on `day` (29 February counts as 28 in other years)."""
    return day.replace(year=day.year - years, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - years)


def summarise(slug: str, run_id: str) -> dict[str, int]:
    """The province's roster now, and what one run did to it.

    Returns:
        Counts: people; communes with anyone on the roster; files loaded and refused so far; of the run: files,
        inserted, updated, moved_in, closed, unchanged, rejected; changed, the sum of the four kinds of change.
    """
    from sangloc.warehouse import sql, transaction

    with transaction() as conn:
        row = conn.execute(sql("roster/summarise"), {"province_code": load(slug).code, "run_id": run_id}).mappings().one()
    counts = {name: int(value) for name, value in row.items()}
    counts["changed"] = sum(counts[name] for name in ("inserted", "updated", "moved_in", "closed"))
    return counts
