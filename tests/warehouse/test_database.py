"""Roles, error messages, statement limits and the audit chain on a real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from sangloc.errors import ConfigurationError, WarehouseError
from sangloc.warehouse import Role, allow, copy_rows, fetch_frame, kept_open, transaction

SECRET = "020199012345"


def test_report_role_sees_no_person(warehouse: psycopg.Connection) -> None:
    with transaction("report") as connection:
        assert fetch_frame(connection, text("SELECT count(*) AS n FROM stats.person"))["n"].item() == 0
    for table in ("roster.person", "exam.encounter", "health_book.review", "intake.reject"):
        with pytest.raises(WarehouseError, match="42501"), transaction("report") as connection:
            connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608


def test_report_views_hold_no_identifying_column(warehouse: psycopg.Connection) -> None:
    columns = {
        row[0] for row in warehouse.execute("SELECT column_name FROM information_schema.columns WHERE table_schema = 'stats'")
    }
    assert "birth_year" in columns
    assert not columns & {
        "full_name", "name_key", "name_fold", "citizen_id", "insurance_no", "phone", "address", "village", "birth_date",
        "guardian_citizen_id", "household_no", "raw", "path", "ma_lk",
    }  # fmt: skip


def test_errors_never_quote_values(warehouse: psycopg.Connection, province: str) -> None:
    with pytest.raises(WarehouseError) as refused, transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO intake.file (province_code, kind, path, sha256, size_bytes, status, received_at)"
                " VALUES ('20', 'roster', 'x', :bad, 1, 'received', now())"
            ),
            {"bad": SECRET},
        )
    assert SECRET not in str(refused.value) and "file_sha256_check" in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
    with pytest.raises(WarehouseError) as copied, transaction() as connection:
        copy_rows(connection, "ref.commune", ["code", "valid_from"], [(SECRET, "not a date")])
    assert SECRET not in str(copied.value)


def test_wrong_password_is_a_configuration_error(warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    from sangloc.warehouse import database

    monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_LOADER", f"postgres://sangloc_loader:no@127.0.0.1:{warehouse.info.port}/sangloc")
    database._engine.cache_clear()
    with pytest.raises(ConfigurationError, match="refuses the login"), transaction():
        pass


def test_statement_shares_the_tasks_timeout(warehouse: psycopg.Connection) -> None:
    allow(timedelta(milliseconds=200))
    try:
        with pytest.raises(WarehouseError, match="57014"), transaction() as connection:
            connection.execute(text("SELECT pg_sleep(5)"))
    finally:
        allow(None)


def _append(connection: psycopg.Connection, task: str) -> None:
    connection.execute("SELECT audit.append(now(), 'd', %s, -1, 'r', 1, 'success', 'x', 'v', '{\"rows\": 1}')", (task,))


def test_audit_chain_shows_tampering(warehouse: psycopg.Connection) -> None:
    for task in ("a", "b", "c"):
        _append(warehouse, task)
    assert warehouse.execute("SELECT count(*) FROM audit.broken").fetchone() == (0,)
    warehouse.execute("UPDATE audit.event SET outcome = 'failed' WHERE seq = 2")
    assert warehouse.execute("SELECT seq FROM audit.broken").fetchall() == [(2,)]
    warehouse.execute("DELETE FROM audit.event WHERE seq = 2")
    assert warehouse.execute("SELECT seq FROM audit.broken").fetchall() == [(3,)]


def test_loader_cannot_rewrite_the_ledger(warehouse: psycopg.Connection) -> None:
    _append(warehouse, "a")
    for statement in ("DELETE FROM audit.event", "UPDATE audit.event SET outcome = 'x'", "TRUNCATE audit.event"):
        with pytest.raises(WarehouseError, match="42501"), transaction() as connection:
            connection.execute(text(statement))


def _session(role: Role = "loader") -> int:
    with transaction(role) as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_connections_are_used_again_only_within_the_block(warehouse: psycopg.Connection) -> None:
    with kept_open():
        first, reader = _session(), _session("report")
        with kept_open(), transaction() as connection:
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() == first
            assert _session() != first
        assert _session("report") == reader != first
    assert _session() not in (first, reader)
    waited = "SELECT pg_sleep(0.05) FROM pg_stat_activity WHERE pid = ANY(%s)"
    for _ in range(100):
        if not warehouse.execute(waited, [[first, reader]]).fetchall():
            break
    else:
        pytest.fail("the sessions are still there")


def test_after_a_failure_no_earlier_connection_is_used_again(warehouse: psycopg.Connection) -> None:
    with kept_open():
        with transaction():
            beside = _session()
        with pytest.raises(WarehouseError), transaction() as connection:
            first = int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
            connection.execute(text("SELECT 1 / 0"))
        later = _session()
        assert later not in (beside, first)
        with pytest.raises(WarehouseError), transaction() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert _session() not in (beside, first, later)
