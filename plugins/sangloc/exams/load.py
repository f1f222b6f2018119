"""Exam files of a sender into `exam.encounter` and `exam.finding`, one transaction per file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import text

from sangloc import audit, clock, provinces
from sangloc.errors import RefusedInputError
from sangloc.exams.envelope import SHEET, Leaf, RawExam, Signature, UnreadableFileError
from sangloc.exams.fields import INSURANCE, SIGNATURES
from sangloc.exams.identity import Identity, Key, Known
from sangloc.exams.reader import read_message
from sangloc.exams.record import Exam, build, day_made, is_other_column
from sangloc.exams.returned import UNKNOWN_HEADING, give_back
from sangloc.exams.sheet import read_sheet
from sangloc.intake import (
    FileGoneError,
    FileRefused,
    LandingFile,
    LandingStream,
    Reject,
    add_rejects,
    claim_file,
    file_sha256,
    finish_file,
    has_unseen,
    list_files,
    open_file,
    reason_message,
    refuse_file,
    register_file,
    save_rejects,
    save_warnings,
    senders,
)
from sangloc.warehouse import copy_rows, sql, transaction

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Connection

# A stored version: its exam's key and the hash of what it says.
Version = tuple[str, str, str, str]

# Bounds the memory of a file of any size to a few hundred exams.
_BATCH = 500

# What `format_unknown` means to a sender of exams.
_FORMAT_UNKNOWN = "exam_format_unknown"
_TABLES = (".xlsx", ".xls", ".csv", ".tsv")
_MESSAGES = (".xml", ".json")
# What a list may have; read_table says the same of what it reads.
_MOST_TABLE = 100 << 20

_COLUMNS = (
    "facility_code", "ma_lk", "content_hash", "form", "code_set_version", "exam_date", "concluded_at", "payer_code",
    "group_codes", "result_class", "main_icd", "full_name", "name_key", "name_fold", "birth_date", "birth_precision",
    "sex", "citizen_id", "guardian_citizen_id", "insurance_no", "phone", "address", "commune_code", "held_codes",
)  # fmt: skip

_FINDING = ("encounter_id", "ordinal", "part", "code", "value", "problem")


@dataclass
class _Loaded:
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    new: int = 0
    changed: int = 0


def new_senders(slug: str) -> list[dict[str, str]]:
    """Who has exam files whose bytes are not loaded: new ones, and refused ones until they leave the landing zone.

    Args:
        slug: the province's folder name.

    Returns:
        `{"source": …, "sender": …}` for each, sorted. A sender whose folder or file cannot be read is among them, so that
        its own loading says so and no other sender waits for it.

    Raises:
        RefusedInputError: when the folder of the senders may not be read.
    """
    loaded = _loaded_hashes(provinces.load(slug).code)
    return [
        {"source": source, "sender": sender}
        for source, sender in senders(slug)
        if has_unseen(slug, "exams", source, sender, seen=loaded)
    ]


def load_sender(slug: str, source: str, sender: str, run_id: str) -> dict[str, int]:
    """Load every exam file of one sender that is not loaded yet; a file that cannot be read is refused and passed over.

    Args:
        slug: the province's folder name.
        source: `screening`, `periodic`, `school`, `worker`, `occupational` or `insurance`.
        sender: the sender's folder, its facility code.
        run_id: the DAG run, written to `intake.file`.

    Returns:
        Counts: `files` (loaded now), `read`, `accepted`, `rejected` (records), `new` (encounters or versions of them
        written), `changed` (new ones and those that became current again).

    Raises:
        RefusedInputError: after all files were tried, when any was refused, now or before, or could not be read; names
            their ids and reasons. Every later call fails too until such a file has gone from the landing zone.
    """
    province_code = provinces.load(slug).code
    done = _loaded_hashes(province_code)
    totals: Counter[str] = Counter()
    hashes: list[str] = []
    refused: list[str] = []
    for file in list_files(slug, "exams", source, sender):
        try:
            sha256 = file_sha256(file)
        except FileGoneError:
            continue
        except RefusedInputError as error:
            refused.append(str(error))
            continue
        if sha256 in done:
            continue
        now = clock.now()
        with transaction() as conn:
            entry = register_file(
                conn, province_code, "exam", path=file.path, sha256=sha256, size_bytes=file.size, now=now,
                source=source, sender=sender, run_id=run_id,
            )  # fmt: skip
        if not entry.is_new:
            if entry.status == "refused":
                refused.append(_refusal(entry.file_id, sha256, entry.reason_code))
            continue
        try:
            with transaction() as conn:
                if not claim_file(conn, entry.file_id):
                    continue
                loading = _Loading(conn, province_code, entry.file_id, source, sender, now)
                with open_file(file) as stream:
                    loaded = loading.run(_exams_of(file, stream, source))
                    _read_to_end(stream, file, sha256)
                finish_file(
                    conn, entry.file_id, rows_read=loaded.read, rows_accepted=loaded.accepted,
                    rows_rejected=loaded.rejected, now=now, run_id=run_id,
                )  # fmt: skip
        except FileGoneError:
            # It changed while it was read; as it is now, it is another file.
            continue
        except (UnreadableFileError, FileRefused) as refusal:
            reason, message = _why(refusal)
            with transaction() as conn:
                refuse_file(conn, entry.file_id, reason, message)
            refused.append(_refusal(entry.file_id, sha256, reason))
            continue
        hashes.append(sha256)
        totals.update(files=1, **vars(loaded))
    counts = {key: totals[key] for key in ("files", "read", "accepted", "rejected", "new", "changed")}
    give_back(slug, source, sender)
    audit.note(rows=counts, files=hashes)
    if refused:
        raise RefusedInputError(
            f"exam files of {source}/{sender} are refused until their sender corrects them: {'; '.join(refused)}"
        )
    return counts


def summarise(slug: str, run_id: str) -> dict[str, int]:
    """What a run brought in, over all senders, from the warehouse: the same however often its tasks were retried.

    Returns:
        `files`, `refused`, `read`, `accepted`, `rejected`, and `changed`: encounters (or versions of them) that the run
        wrote or made current again.
    """
    with transaction() as conn:
        row = conn.execute(sql("exams/summarise"), {"province_code": provinces.load(slug).code, "run_id": run_id}).one()
    counts = {key: int(value) for key, value in row._mapping.items()}
    audit.note(rows=counts)
    return counts


def _why(refusal: UnreadableFileError | FileRefused) -> tuple[str, str]:
    """Reason code and Vietnamese message of a refusal."""
    if isinstance(refusal, FileRefused):
        return refusal.reason_code, str(refusal)
    return refusal.reason, reason_message(_FORMAT_UNKNOWN if refusal.reason == "format_unknown" else refusal.reason)


def _refusal(file_id: int, sha256: str, reason: str | None) -> str:
    return f"file {file_id} (sha256 {sha256[:12]}…): {reason}"


def _loaded_hashes(province_code: str) -> set[str]:
    with transaction() as conn:
        return set(conn.execute(sql("exams/loaded_files"), {"province_code": province_code}).scalars())


def _exams_of(file: LandingFile, stream: LandingStream, source: str) -> Iterator[RawExam | Signature]:
    name = file.name.lower()
    if name.endswith(_TABLES):
        if file.size > _MOST_TABLE:
            raise FileRefused("unreadable", message="text_too_large")
        return read_sheet(stream.read(file.size + 1), file.name, source)
    if name.endswith(_MESSAGES):
        return read_message(stream)
    raise UnreadableFileError("format_unknown")


def _read_to_end(stream: LandingStream, file: LandingFile, sha256: str) -> None:
    while stream.read(1 << 20):
        pass
    if stream.sha256() != sha256:
        raise FileGoneError(f"the landing file {file.label} has changed since it was listed")


@dataclass
class _Loading:
    """The loading of one file within its transaction."""

    conn: Connection
    province_code: str
    file_id: int
    source: str
    sender: str
    now: datetime
    load: int = 0
    loaded: _Loaded = field(default_factory=_Loaded)
    rejects: list[Reject] = field(default_factory=list)
    # The list's columns with an unknown heading (sheet, code) that have values.
    others: dict[tuple[str | None, str], None] = field(default_factory=dict)

    def run(self, records: Iterator[RawExam | Signature]) -> _Loaded:
        conn = self.conn
        conn.execute(sql("exams/stage"))
        conn.execute(sql("exams/stage_touched"))
        self.load = int(conn.execute(sql("exams/next_load")).scalar_one())
        save_rejects(conn, self.file_id, [])
        today = self.now.date()
        signatures: list[Leaf] = []
        made_on = ""
        while chunk := list(islice(records, _BATCH)):
            batch: list[Exam] = []
            for record in chunk:
                if isinstance(record, Signature):
                    signatures += record.leaves
                    made_on = record.made_on or made_on
                    continue
                self.loaded.read += 1
                if record.kind == SHEET:
                    others = ((record.sheet, code) for part, code, _ in record.leaves if is_other_column(part, code))
                    self.others.update(dict.fromkeys(others))
                exam = build(record, sender=self.sender, today=today, received=self.now)
                if isinstance(exam, Reject):
                    self.rejects.append(exam)
                else:
                    batch.append(exam)
            if batch:
                self._merge(batch)
            # Kept batch by batch: of a file with nothing right in it they are as much as the file.
            self.loaded.rejected += add_rejects(conn, self.file_id, self.rejects)
            self.rejects.clear()
        if made_on:
            conn.execute(sql("exams/date_versions"), {"made_on": day_made(made_on, self.now)})
        conn.execute(sql("exams/renew_versions"), {"signed": bool(signatures)})
        if signatures:
            # The signature over the whole file is every version's that the file brought.
            self._sign(list(conn.scalars(text("SELECT encounter_id FROM exam_touched"))), signatures)
        save_warnings(conn, self.file_id, [Reject(0, code, UNKNOWN_HEADING, "", {}, sheet) for sheet, code in self.others])
        self._settle()
        self.loaded.accepted = self.loaded.read - self.loaded.rejected
        return self.loaded

    def _merge(self, batch: list[Exam]) -> None:
        conn = self.conn
        place = {"province_code": self.province_code}
        self._stage(batch)
        conn.execute(sql("exams/lock_facilities"), place)
        accepted, stored = self._accepted(batch)
        if len(accepted) < len(batch):
            batch = accepted
            self._stage(batch)
        conn.execute(sql("exams/upsert_facilities"), place)
        rows = conn.execute(
            sql("exams/insert_versions"),
            {**place, "file_id": self.file_id, "source": self.source, "received_at": self.now, "load": self.load},
        ).all()
        ids = {(row.facility_code, row.ma_lk, row.source_class, row.content_hash): row.encounter_id for row in rows}
        self.loaded.new += len(ids)
        if len(ids) < len(batch):
            conn.execute(sql("exams/touch_versions"), {**place, "load": self.load})
            for exam in batch:
                version = (*self._key(exam), exam.columns["content_hash"])
                if exam.signed and version not in ids:
                    # The document came before, perhaps without its signature.
                    self._sign([stored[version]], [finding[:3] for finding in exam.findings if finding[0] == SIGNATURES])
        copy_rows(conn, "exam.finding", _FINDING, self._findings(batch, ids))

    def _stage(self, batch: list[Exam]) -> None:
        self.conn.execute(sql("exams/empty_stage"))
        copy_rows(
            self.conn,
            "exam_in",
            ["ordinal", "made_on", "gln", "source_class", "signed", *_COLUMNS],
            (
                (
                    exam.ordinal,
                    exam.made_on,
                    exam.gln,
                    self._source_class(exam),
                    exam.signed,
                    *[exam.columns[name] for name in _COLUMNS],
                )
                for exam in batch
            ),
        )

    def _source_class(self, exam: Exam) -> str:
        """As `exam.encounter.source_class`: a facility may use one MA_LK for a check-up and for a claim."""
        return "insurance" if self.source == "insurance" or exam.columns["form"] == INSURANCE else "check_up"

    def _key(self, exam: Exam) -> Key:
        return exam.columns["facility_code"], exam.columns["ma_lk"], self._source_class(exam)

    def _accepted(self, batch: list[Exam]) -> tuple[list[Exam], dict[Version, int]]:
        """The staged exams without those whose MA_LK belongs to another exam, which become rejects.

        Beside them the stored versions of their keys, each with its encounter.
        """
        known, stored = Known(), {}
        for row in self.conn.execute(sql("exams/known_versions"), {"province_code": self.province_code}):
            key = (row.facility_code, row.ma_lk, row.source_class)
            stored[*key, row.content_hash] = row.encounter_id
            known.add(key, row.content_hash, Identity.of(row.source, row._asdict()))
        accepted = []
        for exam in batch:
            columns = exam.columns
            identity = Identity.of(self.source, columns)
            if known.accept(self._key(exam), columns["content_hash"], identity, has_own_key=exam.has_own_key):
                accepted.append(exam)
            elif exam.has_own_key:
                self.rejects.append(exam.reject("row_ambiguous"))
            else:
                self.rejects.append(exam.reject("ma_lk_reused"))
        return accepted, stored

    def _findings(self, batch: list[Exam], ids: dict[Version, int]) -> pl.DataFrame:
        import polars as pl

        rows: list[tuple[int, int, str, str, str, str | None]] = []
        for exam in batch:
            encounter_id = ids.pop((*self._key(exam), exam.columns["content_hash"]), None)
            if encounter_id is None:
                continue
            rows.append((encounter_id, 0, "THONGTINHOSO", "NGAYLAP", exam.made_on, None))
            rows += [(encounter_id, ordinal, *finding) for ordinal, finding in enumerate(exam.findings, 1)]
        schema = [pl.Int64, pl.Int32, pl.String, pl.String, pl.String, pl.String]
        return pl.DataFrame(rows, schema=dict(zip(_FINDING, schema, strict=True)), orient="row")

    def _sign(self, encounters: list[int], signatures: list[Leaf]) -> None:
        """Give signatures to those of these versions which have none."""
        parts, codes, contents = map(list, zip(*signatures, strict=True))
        self.conn.execute(
            sql("exams/sign_versions"),
            {"encounter_ids": encounters, "parts": parts, "codes": codes, "contents": contents},
        )

    def _settle(self) -> None:
        """Decide which version of each exam the file touched counts."""
        conn, place = self.conn, {"province_code": self.province_code}
        conn.execute(sql("exams/find_winners"), place)
        conn.execute(sql("exams/retire_versions"), place)
        back = conn.execute(sql("exams/set_current"), {"file_id": self.file_id}).scalar_one()
        self.loaded.changed = self.loaded.new + back
