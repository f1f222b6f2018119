"""The benchmark's database server: the embedded one with its own settings, databases copied from templates, the COPY
that everything is measured against, and the questions that tell whether a roster is right."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from roster_bench.inputs import HEADINGS, SLUG, Files
from sangloc.stack import files as state_files
from sangloc.stack import ports, postgres

PASSWORDS = ("superuser", "owner", "loader", "report", "airflow")
EMPTY, RUN, LOADED, BASELINE = "bench_empty", "bench_run", "bench_loaded", "bench_baseline"
BLOCK = 1 << 20

# One row a person: where, and a fingerprint of what the benchmark's rule may change.
_FINGERPRINTS = """
SELECT
    p.person_id,
    p.commune_code,
    hashtextextended(
        concat_ws(
            '|', p.full_name, p.citizen_id, p.insurance_no, p.phone, p.village, p.household_no, p.relation, p.residence,
            g.person_id IS NOT NULL
        ),
        0
    ) AS fingerprint
FROM roster.person AS p
LEFT JOIN roster.person_group AS g ON p.person_id = g.person_id AND g.code_set = 'QD2062' AND g.group_code = '5'
"""
_COMPARED = f"""
SELECT
    count(a.person_id) AS people,
    count(*) FILTER (WHERE b.person_id IS NULL) AS inserted,
    count(*) FILTER (WHERE a.person_id IS NULL) AS gone,
    count(*) FILTER (WHERE a.commune_code <> b.commune_code) AS moved,
    count(*) FILTER (WHERE a.commune_code = b.commune_code AND a.fingerprint <> b.fingerprint) AS updated
FROM ({_FINGERPRINTS}) AS a
FULL JOIN bench_before AS b ON a.person_id = b.person_id
"""  # noqa: S608
# What, whether as often as the sample's mistyped numbers make it so, and how it is counted.
_CHECKS = (
    (
        "people without history",
        False,
        "SELECT count(*) FROM roster.person AS p "
        "WHERE NOT EXISTS (SELECT FROM roster.person_history AS h WHERE h.person_id = p.person_id)",
    ),
    (
        "people whose number is not among the identifiers",
        False,
        "SELECT count(*) FROM roster.person AS p WHERE p.citizen_id IS NOT NULL AND NOT EXISTS ("
        "SELECT FROM roster.person_identifier AS i "
        "WHERE i.person_id = p.person_id AND i.kind = 'citizen_id' AND i.value = p.citizen_id)",
    ),
    (
        "numbers that two people have",
        True,
        "SELECT count(citizen_id) - count(DISTINCT citizen_id) FROM roster.person",
    ),
)
_SIZES = """
SELECT c.relname, greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid), pg_indexes_size(c.oid)
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname IN ('roster', 'intake') AND c.relkind = 'r' AND pg_total_relation_size(c.oid) > 1000000
ORDER BY pg_total_relation_size(c.oid) DESC
"""


@dataclass(frozen=True)
class Cluster:
    """A running server: its port, its passwords by name, and the state folder it belongs to."""

    home: Path
    port: int
    passwords: dict[str, str]

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A superuser's connection that commits each statement by itself."""
        return postgres.connect(self.port, self.passwords["superuser"], database=database)

    def url(self, role: str, database: str, scheme: str) -> str:
        """The address of a database for `owner`, `loader`, `report` or `superuser`, with the password."""
        login = "postgres" if role == "superuser" else postgres.ROLES[role]
        return f"{scheme}://{login}:{self.passwords[role]}@{ports.HOST}:{self.port}/{database}"

    def version(self) -> str:
        with self.connect() as connection:
            return f"PostgreSQL {connection.info.server_version // 10000}.{connection.info.server_version % 10000}"

    def settings(self, *names: str) -> str:
        with self.connect() as connection:
            return ", ".join(f"{name} {connection.execute(f'SHOW {name}').fetchone()[0]}" for name in names)  # type: ignore[index]

    def rename(self, database: str, name: str) -> None:
        self.drop(name)
        with self.connect() as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (database, name))))

    def drop(self, *databases: str) -> None:
        with self.connect() as connection:
            for name in databases:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def create(self, database: str, template: str = "template1") -> None:
        """Make the database anew as a copy of another one; what the copying has written is on disk afterwards."""
        self.drop(database)
        with self.connect() as connection:
            statement = "CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY"
            names = (database, template, postgres.ROLES["owner"])
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def create_empty(self) -> None:
        """The database every first load begins with: migrated, the province registered, nobody on the roster."""
        from sqlalchemy import create_engine

        from sangloc import provinces
        from sangloc.warehouse import migrate

        self.create(EMPTY)
        migrate(self.url("owner", EMPTY, "postgresql+psycopg"))
        engine = create_engine(self.url("loader", EMPTY, "postgresql+psycopg"))
        with engine.begin() as connection:
            provinces.register(connection, SLUG)
        engine.dispose()

    def checkpoint(self) -> None:
        with self.connect() as connection:
            connection.execute("CHECKPOINT")

    def copy(self, paths: Iterable[Path]) -> tuple[float, int]:
        """Seconds and rows of the baseline: COPY of the files, one after another, into a fresh table without an index."""
        self.create(BASELINE)
        rows = 0
        try:
            with self.connect(BASELINE) as connection:
                columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in HEADINGS)
                connection.execute(sql.SQL("CREATE TABLE baseline ({})").format(columns))
                connection.execute("CHECKPOINT")
                begun = time.perf_counter()
                with connection.transaction():
                    for path in paths:
                        rows += copy_file(connection, "COPY baseline FROM STDIN (FORMAT csv, HEADER)", path)
                seconds = time.perf_counter() - begun
        finally:
            self.drop(BASELINE)
            self.checkpoint()
        return seconds, rows

    def settle(self, database: str) -> None:
        """What autovacuum does between two refreshes; then remember who is where, for the checks."""
        with self.connect(database) as connection:
            connection.execute("SET work_mem = '256MB'")
            connection.execute("DROP TABLE IF EXISTS bench_before")
            connection.execute(f"CREATE TABLE bench_before AS {_FINGERPRINTS}")
            connection.execute("VACUUM (ANALYZE)")

    def sizes(self, database: str) -> list[tuple[str, int, int, int]]:
        """Table, rows, bytes and bytes of indexes, the largest first; after `settle`."""
        with self.connect(database) as connection:
            return connection.execute(_SIZES).fetchall()

    def wrong(self, database: str, files: Files, kind: str) -> list[str]:
        """What is wrong with the roster after a kind of refresh: people of each commune, history, numbers.

        When there were people before (see `settle`), also who came, went, moved and changed.
        """
        expected = files.expected["first" if kind == "again" else kind]
        problems = []
        with self.connect(database) as connection:
            connection.execute("SET work_mem = '256MB'")
            counted = "SELECT commune_code, count(*) FROM roster.person GROUP BY commune_code"
            people: dict[str, int] = dict(connection.execute(counted).fetchall())
            differ = [code for code, number in expected.people.items() if people.get(code, 0) != number]
            if differ or len(people) > len(expected.people):
                problems.append(
                    f"people: {sum(people.values()):,} on the roster, expected {sum(expected.people.values()):,}; "
                    f"{len(differ)} communes differ ({', '.join(differ[:5])})"
                )
            for what, allowed, statement in _CHECKS:
                ((found,),) = connection.execute(statement).fetchall()
                most = files.shared_numbers if allowed else 0
                if found > most:
                    problems.append(f"{what}: {found:,}, expected {most:,}")
            if kind in ("month", "five"):
                ((_, *found),) = connection.execute(_COMPARED).fetchall()
                wanted = (expected.inserted, expected.gone, expected.moved, expected.updated)
                for what, number, right in zip(("new", "gone", "moved", "changed"), found, wanted, strict=True):
                    if number != right:
                        problems.append(f"{what}: {number:,} people, expected {right:,}")
        return problems


def copy_file(connection: psycopg.Connection, statement: str, path: Path) -> int:
    """COPY one file's bytes as they are; the number of rows."""
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy, path.open("rb") as file:
            while block := file.read(BLOCK):
                copy.write(block)
        return cursor.rowcount


def start(home: Path, passwords: dict[str, str] | None = None) -> Cluster:
    """Start the embedded server in `home`, as `sangloc up` does, with passwords of its own or those it was made with."""
    with socket.socket() as probe:
        probe.bind((ports.HOST, 0))
        port = int(probe.getsockname()[1])
    passwords = passwords or {name: secrets.token_hex(12) for name in PASSWORDS}
    postgres.start(home, port, passwords["superuser"], new_password=False)
    postgres.ensure_databases(port, passwords)
    return Cluster(home, port, passwords)


def of_stack(home: Path) -> Cluster:
    """The server of the stack that runs in `home`."""
    return Cluster(home, int(state_files.state(home)["ports"]["warehouse"]), state_files.read_json(home / "secrets.json"))
