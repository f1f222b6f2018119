"""A province's warehouse at any size, filled by statements: made-up people, books, exams, plans and files in realistic shares
and row widths. The same size gives the same rows."""

from __future__ import annotations

from pathlib import Path

import psycopg

# Hash of a number and a seed as a fraction from 0 to below 1.

_LARGE = ("roster.person", "health_book.book", "health_book.entry", "exam.encounter", "planning.invitation")
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname || '.' || tablename = ANY(%s)
AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def fill(db: psycopg.Connection, province_code: str, people: int, records: int) -> None:
    """Everything the indicators read, for the one province that is registered in the database."""
    db.execute("SET synchronous_commit = off")
    db.execute("SET session_replication_role = replica")
    db.execute("SET maintenance_work_mem = '512MB'")
    indexes = db.execute(_INDEXES, [list(_LARGE)]).fetchall()
    for name, definition in indexes:
        schema = definition.split(" ON ")[1].split(".")[0]
        db.execute(f"DROP INDEX {schema}.{name}")  # type: ignore[arg-type]
    for statement in Path(__file__).with_name("fill.sql").read_text(encoding="utf-8").split(";\n"):
        db.execute(statement, {"code": province_code, "people": people, "records": records})  # type: ignore[arg-type]
    for _, definition in indexes:
        db.execute(definition)
    db.execute("VACUUM (ANALYZE)")
    db.execute("CHECKPOINT")
