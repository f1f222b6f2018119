"""The ledger through its public face, with the database there and away."""

from __future__ import annotations

import psycopg
import pytest

from sangloc import audit, clock
from sangloc.errors import ConfigurationError


def _event(task: str) -> audit.Event:
    return audit.Event(clock.now(), "dag", task, -1, "run", 1, "success", "airflow", audit.code_version(), {"rows": 3})


def test_events_are_chained_and_verified(warehouse: psycopg.Connection) -> None:
    audit.append(_event("a"))
    audit.append(_event("b"))
    number, digest = audit.head()
    assert number == 2 and len(digest) == 64
    assert audit.verify() == []
    warehouse.execute("UPDATE audit.event SET facts = '{\"rows\": 4}' WHERE seq = 1")
    assert audit.verify() == [1]


def test_an_event_survives_an_unreachable_warehouse(warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    from sangloc.warehouse import database

    with monkeypatch.context() as away:
        away.setenv("AIRFLOW_CONN_SANGLOC_LOADER", "postgres://sangloc_loader:x@127.0.0.1:1/sangloc")
        database._engine.cache_clear()
        audit.append(_event("kept"))
    database._engine.cache_clear()
    assert warehouse.execute("SELECT count(*) FROM audit.event").fetchone() == (0,)
    audit.append(_event("next"))
    tasks = warehouse.execute("SELECT task_id FROM audit.event ORDER BY seq").fetchall()
    assert tasks == [("kept",), ("next",)]
    assert audit.verify() == []
    assert audit.flush_spool() == 0


def test_facts_add_up_and_refuse_what_could_be_personal() -> None:
    audit.reset()
    audit.note(rows={"read": 2}, files=["a" * 64])
    audit.note(rows={"read": 3, "rejected": 1}, files=["b" * 64])
    assert audit.collect() == {"rows": {"read": 5, "rejected": 1}, "files": ["a" * 64, "b" * 64]}
    for personal in ("Nguyễn Văn Thử", "020199012345", {"x": ["0912345678"]}):
        with pytest.raises(ConfigurationError):
            audit.note(fact=personal)
    audit.reset()
