"""A million exams are linked as a handful is, and what a run says of the province is what the tables say."""

from __future__ import annotations

import sys
from typing import Any

import psycopg
import pytest

from linkage.conftest import World
from linkage.test_killed import first_day, kept, put_back, second_day, set_aside


def stands(world: World) -> dict[str, Any]:
    """What a run says of the province, counted."""
    row = world.warehouse.execute(
        "SELECT (SELECT count(*) FROM exam.encounter WHERE is_current), (SELECT count(*) FROM health_book.entry), "
        "(SELECT count(*) FROM health_book.review WHERE state = 'open' AND candidate_person_ids <> '{}'), "
        "(SELECT count(*) FROM health_book.review WHERE state = 'open' AND candidate_person_ids = '{}'), "
        "(SELECT count(*) FROM health_book.book)"
    ).fetchone()
    assert row is not None
    return dict(zip(("encounters", "linked", "in_review", "not_on_roster", "books"), row, strict=True))


def test_many_exams_are_linked_as_few_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse: psycopg.Connection = world.warehouse
    first_day(world)
    people = {name: number for number, name in warehouse.execute("SELECT person_id, full_name FROM roster.person").fetchall()}
    for day in (1, 2):
        set_aside(warehouse)
        few = world.run("few")
        as_few = kept(world)
        assert few.items() >= stands(world).items()
        put_back(warehouse)
        # Two connections share the cases, and books and entries are read as a whole.
        with monkeypatch.context() as patch:
            for name in ("_SHARED_FROM", "_MANY"):
                patch.setattr(sys.modules["sangloc.linkage.link"], name, 1)
            assert world.run("many") == few
        assert kept(world) == as_few
        assert few["linked"] and few["in_review"] and few["not_on_roster"]
        if day == 1:
            second_day(world, people)
