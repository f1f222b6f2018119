"""A run that ends anywhere: the next one leaves what an undisturbed one would have left."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from linkage.conftest import BORN, NUMBER, World
from sangloc.errors import WarehouseError

SEED = 7
KILLED = 8
TABLES = ("book", "entry", "entry_past", "review", "seen", "model_used")
CHILD = date(2015, 6, 1)
MOTHER = "020188000009"


def first_day(world: World) -> None:
    """Links by rule and by model, cases with candidates, and somebody on no list."""
    world.person()
    world.person("Vi Thị Hoa", "020315000001", CHILD, guardian=MOTHER, sex=2)
    world.person("Vi Thị Liên", "020315000002", CHILD, guardian=MOTHER, sex=2)
    world.exam(ma_lk="A")
    world.exam("HOANG VAN THI", ma_lk="B")
    world.exam("Hoàng Văn Thíh", None, ma_lk="C")
    world.exam("Vi Thị Liên", None, CHILD, guardian=MOTHER, sex=2, ma_lk="D")
    world.exam("Vi Thị Hoa", "020315000002", CHILD, guardian=MOTHER, sex=2, ma_lk="E")
    world.exam("Ai Đó", None, ma_lk="F")


def second_day(world: World, people: dict[str, int]) -> None:
    """Newer versions, and a list that changes and brings people."""
    world.exam("HOÀNG VĂN THÍ", ma_lk="A")
    world.exam("Ai Đó", None, ma_lk="B")
    world.exam("Lý Thị Ví", "020188000004", date(1970, 2, 3), ma_lk="G")
    world.change(people["Vi Thị Liên"], "name_key = 'vi thị lan', name_fold = 'vi thi lan'")
    world.person("Lý Thị Ví", "020188000004", date(1970, 2, 3))


def kept(world: World) -> list[Any]:
    """Links, books and cases as such: without the numbers that a run lost takes along."""
    return [
        world.warehouse.execute(statement).fetchall()
        for statement in (
            "SELECT e.ma_lk, e.version, p.full_name, n.method, n.match_probability, n.model_version "
            "FROM health_book.entry AS n JOIN health_book.book AS b USING (book_id) "
            "JOIN exam.encounter AS e USING (encounter_id) JOIN roster.person AS p USING (person_id) ORDER BY 1, 2",
            "SELECT p.full_name FROM health_book.book AS b JOIN roster.person AS p USING (person_id) ORDER BY 1",
            "SELECT e.ma_lk, e.version, r.state, r.reason_code, r.candidate_weights FROM health_book.review AS r "
            "JOIN exam.encounter AS e USING (encounter_id) ORDER BY 1, 2",
            "SELECT kind, count(*) FROM health_book.seen GROUP BY kind ORDER BY 1",
        )
    ]


def set_aside(warehouse: psycopg.Connection) -> None:
    """Remember what linkage keeps."""
    for table in TABLES:
        warehouse.execute(f"CREATE TABLE aside_{table} AS TABLE health_book.{table}")


def put_back(warehouse: psycopg.Connection) -> None:
    """Bring back what was set aside, for a run that did not take place."""
    for table in TABLES:
        warehouse.execute(f"DELETE FROM health_book.{table}")  # noqa: S608
    warehouse.execute("DELETE FROM health_book.entry_past")
    for table in TABLES:
        warehouse.execute(f"INSERT INTO health_book.{table} OVERRIDING SYSTEM VALUE TABLE aside_{table}")
        warehouse.execute(f"DROP TABLE aside_{table}")


class Counted:
    """Counts the statements of runs, and does something after one of them."""

    def __init__(self) -> None:
        self.done = 0
        self.then: dict[int, Callable[[], None]] = {}

    def __call__(self, conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        self.done += 1
        if (action := self.then.get(self.done)) is not None:
            action()


@pytest.fixture
def counted() -> Any:
    counted = Counted()
    event.listen(Engine, "after_cursor_execute", counted)
    yield counted
    event.remove(Engine, "after_cursor_execute", counted)


def test_a_run_killed_after_any_statement(world: World, counted: Counted) -> None:
    warehouse: psycopg.Connection = world.warehouse
    # The first connection of all asks more than the others.
    world.run("warm")
    first_day(world)
    people = {name: number for number, name in warehouse.execute("SELECT person_id, full_name FROM roster.person").fetchall()}

    # Whoever the linkage logs in as may end its own connections.
    address = os.environ["AIRFLOW_CONN_SANGLOC_LOADER"].replace("postgres:", "postgresql:", 1)
    loader = psycopg.connect(address, autocommit=True)

    def ends() -> None:
        ended = loader.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND usename = current_user AND datname = current_database()"
        ).fetchall()
        assert ended

    draw = random.Random(SEED)
    states = []
    for day in (1, 2):
        if day == 2:
            second_day(world, people)
        set_aside(warehouse)
        counted.done = 0
        world.run("undisturbed")
        statements, undisturbed = counted.done, kept(world)
        put_back(warehouse)
        before = world.dump()
        for last in sorted(draw.sample(range(1, statements + 1), KILLED)):
            counted.done, counted.then = 0, {last: ends}
            with pytest.raises(WarehouseError) as failure:
                world.run("killed")
            assert not any(word in str(failure.value) for word in ("Thí", NUMBER, str(BORN)))
            assert world.dump() == before
        counted.then = {}
        world.run("retried")
        assert kept(world) == undisturbed
        assert world.run("again")["changed"] == 0
        states.append(undisturbed)
    assert states[0] != states[1] and all(each[0] and each[2] for each in states)
    loader.close()


def test_one_of_the_connections_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of those that look for candidates ends, nothing is changed, and the next run does the same."""
    warehouse: psycopg.Connection = world.warehouse
    world.run("warm")
    first_day(world)
    monkeypatch.setattr(sys.modules["sangloc.linkage.link"], "_SHARED_FROM", 1)
    set_aside(warehouse)
    world.run("undisturbed")
    undisturbed = kept(world)
    put_back(warehouse)
    before = world.dump()
    address = os.environ["AIRFLOW_CONN_SANGLOC_LOADER"].replace("postgres:", "postgresql:", 1)
    with psycopg.connect(address, autocommit=True) as loader:
        for victim in (1, 2):
            seen = 0

            def end(conn: Any, cursor: Any, statement: str, *_: Any, victim: int = victim) -> None:
                nonlocal seen
                if "CREATE TEMPORARY TABLE linkage_pair" in statement:
                    seen += 1
                    if seen == victim:
                        loader.execute("SELECT pg_terminate_backend(%s, 5000)", [cursor.connection.info.backend_pid])

            event.listen(Engine, "after_cursor_execute", end)
            try:
                with pytest.raises(WarehouseError) as failure:
                    world.run("lost")
            finally:
                event.remove(Engine, "after_cursor_execute", end)
            assert not any(word in str(failure.value) for word in ("Thí", NUMBER, str(BORN)))
            assert seen >= victim
            assert world.dump() == before
    world.run("retried")
    assert kept(world) == undisturbed
