"""The population roster: lists of communes merged into who lives where, with history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sangloc import audit, clock
from sangloc.errors import ConfigurationError, RefusedInputError
from sangloc.intake import (
    FileGoneError,
    FileRefused,
    LandingFile,
    Registered,
    Table,
    claim_file,
    list_files,
    move_file,
    read_bytes,
    read_table,
    reason_message,
    refusal_message,
    refuse_file,
    register_file,
    registered_files,
)
from sangloc.provinces import communes, load
from sangloc.roster import state
from sangloc.roster.groups import rules_hash
from sangloc.roster.lines import read_rest
from sangloc.roster.merge import Part, Place, StaleStateError, merge, read_state
from sangloc.roster.returned import references

if TYPE_CHECKING:
    import polars as pl

_CHANGES = ("inserted", "updated", "moved_in", "closed")
_COUNTS = ("files", "read", "accepted", "rejected", *_CHANGES, "unchanged", "held", "waiting")

# Lists that arrive within this time, state no month and have hardly anybody in common are parts of one list.
_TOGETHER_SECONDS = 3600
_COMMON_SHARE = 0.1
# New files of a commune whose bytes are kept from hashing to reading; the others are read twice.
_KEPT_BYTES = 128 << 20


@dataclass(frozen=True)
class _Arrived:
    file: LandingFile
    sha256: str
    content: bytes | None
    entry: Registered | None


def refresh_commune(slug: str, commune_code: str, run_id: str) -> dict[str, int]:
    """Bring the roster up to a commune's new lists, in the order in which they arrived.

    A list is complete (who is on none of the newest any more has left) unless it is a list of changes or brings rejected
    rows back. Files that arrive together, are of one month and have hardly anybody in common are parts of one list. Each
    list is one transaction; one that was merged or refused before is not touched again, so running this twice changes
    nothing the second time. A refused list does not keep the others from being merged; at the end it makes the call
    fail, and every later call too, until it has gone from the landing zone. A list that the gates hold
    (`sangloc.roster.gates`) waits for an officer and fails nothing; behind it only a complete list is taken, which takes
    its place.

    Rows that stand word for word in the commune's last list are not looked at again. A person is recognised by citizen
    number, then insurance number (never by a number alone: name and birth date must agree, as
    include/sql/roster/match_candidates.sql says), then by name, birth date and sex within the commune. A person on the
    lists of two communes belongs to the one where the residence is stronger (permanent, then temporary from twelve
    months), the newer listing winning among equals; the other listing is kept as a claim and comes into force when the
    stronger one ends.

    Args:
        slug: the province's folder name.
        commune_code: five digits.
        run_id: of the run, kept with the refresh record.

    Returns:
        Counts: files merged; rows read, accepted and rejected; people inserted, updated, moved_in (from another
        commune), closed and unchanged; changed, the sum of inserted, updated, moved_in and closed; files held for an
        officer and files waiting behind them.

    Raises:
        ConfigurationError: no such commune in the province.
        RefusedInputError: a list was refused; the message names file, commune and reason.
        WarehouseError: the database refused or broke off; nothing of the list at hand was kept.
    """
    from sangloc.warehouse import kept_open

    profile = load(slug)
    if commune_code not in {commune.code for commune in communes(slug)}:
        raise ConfigurationError(f"commune {commune_code!r} is none of {slug}; see include/provinces/{slug}/communes.csv")
    place = Place(profile, commune_code, run_id)
    totals = dict.fromkeys(_COUNTS, 0)
    refused: list[str] = []
    hashes: list[str] = []
    with kept_open():
        while True:
            try:
                _take_all(place, totals, refused, hashes)
                break
            except StaleStateError:
                # What was merged so far stays; the rest is read again, beside what somebody else has merged.
                totals["held"] = totals["waiting"] = 0
                refused.clear()
    totals["changed"] = sum(totals[name] for name in _CHANGES)
    audit.note(rows={name: totals[name] for name in ("read", "accepted", "rejected")}, files=hashes, changed=totals["changed"])
    if refused:
        raise RefusedInputError("; ".join(refused))
    return totals


def _take_all(place: Place, totals: dict[str, int], refused: list[str], hashes: list[str]) -> None:
    for kind, parts, shas in _deliveries(place, _arrived(place, refused), refused, totals):
        outcome = merge(place, kind, parts)
        if outcome:
            for name, value in outcome.items():
                totals[name] += value
            if "held" not in outcome:
                totals["files"] += len(parts)
                hashes += shas
                # A complete list takes the place of those that waited.
                totals["held"] = 0 if kind == "full" else totals["held"]


def _arrived(place: Place, refused: list[str]) -> list[_Arrived]:
    """The commune's files in the order of arrival, with what the register knows of them."""
    from sangloc.warehouse import transaction

    read: list[tuple[LandingFile, str, bytes | None]] = []
    kept = 0
    for file in list_files(place.profile.slug, "roster", place.commune_code):
        try:
            content = read_bytes(file)
        except FileGoneError:
            continue
        except RefusedInputError as error:
            refused.append(str(error))
            continue
        kept += len(content)
        read.append((file, hashlib.sha256(content).hexdigest(), content if kept <= _KEPT_BYTES else None))
    if not read:
        return []
    with transaction() as conn:
        known = registered_files(conn, place.province_code, "roster", [sha256 for _, sha256, _ in read])
    return [_Arrived(file, sha256, content, known.get(sha256)) for file, sha256, content in read]


def _deliveries(
    place: Place, arrived: list[_Arrived], refused: list[str], totals: dict[str, int]
) -> Iterator[tuple[str, list[Part], list[str]]]:
    """What has to be merged, one after the other: kind of list, its files, their hashes."""
    pending: list[tuple[_Arrived, Part]] = []
    # Whether a list is a part of the one before it shows only in all its rows.
    alone = sum(one.entry is None or one.entry.status in ("received", "held") for one in arrived) == 1
    for one in arrived:
        part = _open(place, one, refused, totals, alone=alone)
        if part is None:
            continue
        kind = "addition" if part.decision == "addition" else part.table.kind
        if pending and (kind != "full" or not _belongs(pending, one, part)):
            yield "full", [each for _, each in pending], [each.sha256 for each, _ in pending]
            pending = []
        if kind == "full":
            pending.append((one, part))
        elif totals["held"] and part.decision is None:
            totals["waiting"] += 1
        else:
            yield kind, [part], [one.sha256]
    if pending:
        yield "full", [each for _, each in pending], [each.sha256 for each, _ in pending]


def _open(place: Place, one: _Arrived, refused: list[str], totals: dict[str, int], *, alone: bool) -> Part | None:
    """Register and read a file; None when there is nothing to do about it.

    Args:
        alone: whether it is the only one that may have to be merged.
    """
    entry = one.entry if one.entry is not None and one.entry.commune_code == place.commune_code else _register(place, one)
    if entry.commune_code != place.commune_code:
        refused.append(_refusal(place, entry, one.sha256, "other_commune", reason_message("other_commune")))
        return None
    if entry.status == "refused":
        refused.append(_refusal(place, entry, one.sha256, entry.reason_code or "", _message(entry.file_id)))
        return None
    if entry.status == "held" and entry.decision not in ("release", "addition"):
        totals["held"] += 1
        return None
    if entry.status not in ("received", "held"):
        return None
    rows_read = 0
    try:
        content = one.content if one.content is not None else read_bytes(one.file)
        if alone and (part := _rest(place, entry, content, one.file.name)):
            return part
        table = read_table(content, one.file.name, "roster")
        rows_read = table.frame.height
        if table.frame.is_empty():
            # Taken at its word it would close everyone in the commune.
            raise FileRefused("list_empty")
        if table.kind == "returned" and _is_of_another(place, table):
            raise FileRefused("returned_elsewhere")
        return Part(entry.file_id, table, entry.decision, content)
    except FileGoneError:
        return None
    except FileRefused as error:
        _refuse(entry.file_id, error, rows_read)
        refused.append(_refusal(place, entry, one.sha256, error.reason_code, str(error)))
        return None


def _is_of_another(place: Place, table: Table) -> bool:
    """Whether rows of a returned list were handed back to another commune."""
    from sangloc.warehouse import sql, transaction

    files = [int(file) for file in references(table.frame["returned_ref"])["1"].unique()]
    values = {"files": files, "province_code": place.province_code, "commune_code": place.commune_code}
    with transaction() as conn:
        return bool(conn.execute(sql("roster/returned_elsewhere"), values).scalar_one())


def _rest(place: Place, entry: Registered, content: bytes, name: str) -> Part | None:
    """A list of which only the lines are read that the commune's last list did not have, where that can be done."""
    old, refresh_id = read_state(place)
    if old is None or refresh_id is None or entry.decision == "addition":
        return None
    rest = read_rest(content, name, old, refresh_id, state.rules(rules_hash()))
    return Part(entry.file_id, rest[0], entry.decision, seen=rest[1]) if rest else None


def _register(place: Place, one: _Arrived) -> Registered:
    from sangloc.warehouse import transaction

    with transaction() as conn:
        entry = register_file(
            conn,
            place.province_code,
            "roster",
            path=one.file.path,
            sha256=one.sha256,
            size_bytes=one.file.size,
            now=clock.now(),
            commune_code=place.commune_code,
            run_id=place.run_id,
        )
        if entry.commune_code != place.commune_code and move_file(
            conn, entry.file_id, place.commune_code, one.file.path, clock.now()
        ):
            return entry._replace(status="received", is_new=True, commune_code=place.commune_code, decision=None)
    return entry


def _refuse(file_id: int, error: FileRefused, rows_read: int) -> None:
    from sangloc.warehouse import transaction

    with transaction() as conn:
        if claim_file(conn, file_id):
            refuse_file(conn, file_id, error.reason_code, str(error), rows_read=rows_read, column_name=error.column_name)


def _message(file_id: int) -> str:
    from sangloc.warehouse import transaction

    with transaction() as conn:
        return refusal_message(conn, file_id)


def _refusal(place: Place, entry: Registered, sha256: str, reason_code: str, message: str) -> str:
    return f"xã {place.commune_code}, tệp số {entry.file_id} (sha256 {sha256[:12]}…), {reason_code}: {message}"


def _belongs(pending: list[tuple[_Arrived, Part]], one: _Arrived, part: Part) -> bool:
    """Whether a complete list is a further part of the one before it rather than a newer version."""
    before, last = pending[-1]
    if last.decision != part.decision or last.period != part.period:
        return False
    if part.period is None and one.file.modified - before.file.modified > _TOGETHER_SECONDS:
        return False
    mine = _people(part)
    return all(
        mine.join(theirs, on="key", how="semi").height <= _COMMON_SHARE * min(mine.height, theirs.height)
        for theirs in (_people(each) for _, each in pending)
    )


def _people(part: Part) -> pl.DataFrame:
    """Who is on a list, roughly: the number, else name and birth date as they are written."""
    import polars as pl

    digits = pl.col("citizen_id").str.replace_all(r"\D", "")
    return part.table.frame.select(
        pl.when(digits.str.len_bytes() >= 9)
        .then(digits)
        .otherwise(pl.concat_str("full_name", "birth_date", separator="\x1f").str.to_lowercase())
        .alias("key")
    ).unique()


def summarise(slug: str, run_id: str) -> dict[str, int]:
    """The province's roster now, and what one run did to it.

    Returns:
        Counts: people; communes with anyone on the roster; files loaded, held and refused so far; of the run: files,
        inserted, updated, moved_in, closed, unchanged, rejected; changed, the sum of the four kinds of change.
    """
    from sangloc.warehouse import sql, transaction

    with transaction() as conn:
        row = conn.execute(sql("roster/summarise"), {"province_code": load(slug).code, "run_id": run_id}).mappings().one()
    counts = {name: int(value) for name, value in row.items()}
    counts["changed"] = sum(counts[name] for name in _CHANGES)
    return counts
