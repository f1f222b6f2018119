"""A warehouse of the first release keeps its people when the schema is brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

BEFORE = (Path(__file__).with_name("first_release.sql")).read_text(encoding="utf-8")


@pytest.fixture
def upgraded(postgres: Any) -> Iterator[psycopg.Connection]:
    from alembic import command
    from sqlalchemy import create_engine

    from sangloc.warehouse import migrate
    from sangloc.warehouse.migrations import _config

    with psycopg.connect(postgres.url("postgres", "postgres"), autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS sangloc_old WITH (FORCE)")
        server.execute("CREATE DATABASE sangloc_old OWNER sangloc_owner")
    url = postgres.url("sangloc_owner", "sangloc_old")
    config = _config()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(BEFORE)
        migrate(url.replace("postgresql:", "postgresql+psycopg:"))
        yield owner
    with psycopg.connect(postgres.url("postgres", "postgres"), autocommit=True) as server:
        server.execute("DROP DATABASE sangloc_old WITH (FORCE)")


def test_people_their_history_and_numbers_are_kept(upgraded: psycopg.Connection) -> None:
    def query(statement: str) -> list[tuple[Any, ...]]:
        return upgraded.execute(statement).fetchall()

    assert query("SELECT person_id, citizen_id, insurance_key, change, refresh_id, first_refresh_id FROM roster.person") == [
        (7, "020080001234", "2012345678", "changed", 2, 1)
    ]
    assert query(
        "SELECT person_id, change, end_reason, file_id, end_file_id FROM roster.person_history ORDER BY person_id, valid_from"
    ) == [(7, "new", "changed", 1, 2), (7, "changed", None, 2, None), (8, "new", "left", 1, 2)]
    assert query("SELECT person_id, kind, value, is_current FROM roster.person_identifier ORDER BY 1, 2, 3") == [
        (7, "citizen_id", "020080001234", True),
        (7, "citizen_id", "020080001243", False),
        (7, "insurance_card", "GD4202012345678", True),
        (7, "insurance_no", "2012345678", True),
        (8, "citizen_id", "020155004321", False),
    ]
    assert query("SELECT group_code, reason FROM roster.person_group ORDER BY 1") == [("2", "disabled"), ("3", "poor")]
    assert query("SELECT commune_code, person_id, refresh_id FROM roster.claim") == [("05983", 7, 3)]
    # Whoever left is recognised by the key of the name, wherever the tone stands.
    assert query("SELECT name_key, name_fold FROM roster.person_past WHERE person_id = 8") == [("ly2 thi5 hoa1", "ly thi hoa")]
    assert query("SELECT nextval(pg_get_serial_sequence('roster.person', 'person_id'))") == [(9,)]


def test_a_mail_to_two_recipients_becomes_two_that_can_be_sent(upgraded: psycopg.Connection) -> None:
    from sangloc.reporting.outbox import content_hash, files_hash, sha256

    files = [("b.pdf", sha256(b"b")), ("a.docx", sha256(b"a"))]
    topic = "lang_son.monthly_byt.2026-10.v1.delivery"
    content = content_hash("Báo cáo", "Kính gửi", files)
    assert upgraded.execute(
        "SELECT topic, recipient, message_id, content_hash, state FROM reporting.outbox ORDER BY outbox_id"
    ).fetchall() == [
        (topic, "a@x.example", f"<{topic}@syt.langson.example>", content, "uncertain"),
        (topic, "b@x.example", f"<{topic}.2@syt.langson.example>", content, "uncertain"),
    ]
    assert upgraded.execute("SELECT documents_hash FROM reporting.submission").fetchall() == [(files_hash(files),)]
