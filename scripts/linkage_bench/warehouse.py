"""Made-up people and records into a database, as roster and intake would have left them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    import polars as pl

    from sangloc.linkage.practice import Practice

RECORDS_PER_FILE = 250
_PERSON = (
    "person_id", "commune_code", "citizen_id", "insurance_no", "insurance_key", "full_name", "name_key", "name_fold",
    "birth_date", "birth_precision", "sex", "ethnic_code", "phone", "village", "household_no", "relation",
    "guardian_citizen_id", "residence",
)  # fmt: skip
_ENCOUNTER = (
    "encounter_id", "file_id", "source", "ma_lk", "content_hash", "exam_date", "full_name", "name_key", "name_fold",
    "birth_date", "birth_precision", "sex", "citizen_id", "guardian_citizen_id", "insurance_no", "phone", "address",
    "commune_code",
)  # fmt: skip


def load_people(db: psycopg.Connection, province_code: str, practice: Practice) -> None:
    """The roster: one refresh for each commune, everybody's state, former numbers; indexes built at the end."""
    import polars as pl

    indexes = db.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'roster' AND tablename = 'person' "
        "AND indexname <> 'person_pkey'"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX roster.{name}")  # type: ignore[arg-type]
    communes = practice.persons["commune_code"].unique().sort()
    refreshes = {code: _refresh(db, province_code, code) for code in communes}
    people = practice.persons.select(_PERSON).with_columns(
        pl.lit(province_code).alias("province_code"),
        pl.col("commune_code").replace_strict(refreshes, return_dtype=pl.Int64).alias("refresh_id"),
    )
    _copy(db, "roster.person", people)
    first = next(iter(refreshes.values()))
    _copy(
        db,
        "roster.former_identifier",
        practice.former.unique().with_columns(kind=pl.lit("citizen_id"), refresh_id=pl.lit(first)),
    )
    db.execute("SELECT setval(pg_get_serial_sequence('roster.person', 'person_id'), max(person_id)) FROM roster.person")
    db.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        db.execute(definition)
    db.execute("VACUUM (ANALYZE) roster.person, roster.former_identifier")


def load_exams(db: psycopg.Connection, province_code: str, exams: pl.DataFrame, facility: str = "bench") -> None:
    """Records as new current encounters, `RECORDS_PER_FILE` to a file; `encounter_id` and `ma_lk` are theirs."""
    import polars as pl

    files = -(-exams.height // RECORDS_PER_FILE)
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO intake.file (province_code, kind, source, sender, path, sha256, size_bytes, status, received_at) "
            "SELECT %s, 'exam', 'screening', %s, 'x', encode(sha256(convert_to(%s || n, 'UTF8')), 'hex'), 1, 'loaded', now() "
            "FROM generate_series(1, %s) AS t (n) RETURNING file_id",
            [province_code, facility, facility, files],
        )
        ids = [row[0] for row in cursor.fetchall()]
    number = pl.int_range(0, pl.len())
    frame = exams.with_columns(
        file_id=(number // RECORDS_PER_FILE).replace_strict(dict(enumerate(ids)), return_dtype=pl.Int64),
        ma_lk=pl.col("encounter_id").cast(pl.String),
        content_hash=pl.col("encounter_id").cast(pl.String),
    ).select(
        *_ENCOUNTER,
        province_code=pl.lit(province_code),
        facility_code=pl.lit(facility),
        version=pl.lit(1),
        is_current=pl.lit(True),
        form=pl.lit("sheet"),
        code_set_version=pl.lit("QD2062"),
        concluded_at=pl.col("exam_date"),
        received_at=pl.col("exam_date"),
    )
    _copy(db, "exam.encounter", frame)
    db.execute("SELECT setval(pg_get_serial_sequence('exam.encounter', 'encounter_id'), max(encounter_id)) FROM exam.encounter")
    db.execute("VACUUM (ANALYZE) exam.encounter, intake.file")


def _refresh(db: psycopg.Connection, province_code: str, commune_code: str) -> int:
    row = db.execute(
        "WITH f AS (INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at) "
        "VALUES (%(province)s, 'roster', %(commune)s, 'x', encode(sha256(convert_to(%(commune)s, 'UTF8')), 'hex'), 1, "
        "'loaded', now()) RETURNING file_id) "
        "INSERT INTO roster.refresh (province_code, commune_code, file_id, run_id, inserted, updated, moved_in, closed, "
        "unchanged, rejected, refreshed_at) SELECT %(province)s, %(commune)s, file_id, 'bench', 0, 0, 0, 0, 0, 0, now() FROM f "
        "RETURNING refresh_id",
        {"province": province_code, "commune": commune_code},
    ).fetchone()
    assert row is not None
    return int(row[0])


def _copy(db: psycopg.Connection, table: str, frame: pl.DataFrame) -> None:
    with db.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(frame.columns)}) FROM STDIN (FORMAT csv)") as copy:  # type: ignore[arg-type]
        for part in frame.iter_slices(50_000):
            buffer = io.BytesIO()
            part.write_csv(buffer, include_header=False)
            copy.write(buffer.getbuffer())
