"""docker/initdb.sh makes the same databases, roles and rights as the embedded stack, on a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.stack import postgres as embedded
from sangloc.warehouse import head_revision, migrate

ROOT = settings.root()
SERVICE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]["postgres"]
# Shell, SQL and psql would each stumble over one of these if it were pasted instead of quoted.
PASSWORDS = {role: f"{role}-$HOME-'x\"-\\-:y" for role in ("owner", "loader", "report", "airflow")}


@pytest.fixture(scope="module")
def server(postgres: Any) -> Iterator[Any]:
    """A server of its own, without the project's roles and databases."""
    # Not below pytest's own folder, see `quick_folder`.
    folder = Path(tempfile.mkdtemp(prefix="sangloc-postgres-"))
    made = type(postgres)(folder)
    clear(made)
    yield made
    made.stop()
    shutil.rmtree(folder)


def superuser(server: Any, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(server.url("postgres", database), autocommit=True)


def clear(server: Any) -> None:
    with superuser(server) as connection:
        for database in ("sangloc", "airflow", "template_sangloc"):
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        for role in ("sangloc_owner", "sangloc_loader", "sangloc_report", "airflow"):
            connection.execute(f"DROP ROLE IF EXISTS {role}")


def set_up(server: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", ROOT / "docker" / "initdb.sh"],
        env={
            "PATH": f"{embedded.program('psql').parent}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": server.password,
            "SANGLOC_OWNER_PASSWORD": PASSWORDS["owner"],
            "SANGLOC_LOADER_PASSWORD": PASSWORDS["loader"],
            "SANGLOC_REPORT_PASSWORD": PASSWORDS["report"],
            "AIRFLOW_DB_PASSWORD": PASSWORDS["airflow"],
        },
        capture_output=True,
        text=True,
    )


def outcome(server: Any) -> list[Any]:
    with superuser(server) as connection:
        databases = connection.execute(
            "SELECT datname, pg_get_userbyid(datdba), array(SELECT unnest(datacl)::text ORDER BY 1) FROM pg_database "
            "WHERE datname IN ('sangloc', 'airflow') ORDER BY 1"
        ).fetchall()
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, "
            "rolbypassrls FROM pg_roles WHERE rolname LIKE 'sangloc%' OR rolname = 'airflow' ORDER BY 1"
        ).fetchall()
    return [databases, roles]


def address(server: Any, role: str, database: str) -> dict[str, Any]:
    login = embedded.ROLES.get(role, role)
    return {"host": "127.0.0.1", "port": server.port, "user": login, "password": PASSWORDS[role], "dbname": database}


def test_databases_roles_and_rights_are_the_embedded_ones(server: Any) -> None:
    done = set_up(server)
    assert done.returncode == 0, done.stderr
    ours = outcome(server)
    clear(server)
    embedded.ensure_databases(server.port, PASSWORDS | {"superuser": server.password})
    assert len(ours[0]) == 2
    assert len(ours[1]) == 4
    assert ours == outcome(server)
    clear(server)


def test_the_logins_work_and_reach_only_their_own_database(server: Any) -> None:
    done = set_up(server)
    assert done.returncode == 0, done.stderr
    for role, own, other in (
        ("owner", "sangloc", "airflow"),
        ("loader", "sangloc", "airflow"),
        ("report", "sangloc", "airflow"),
        ("airflow", "airflow", "sangloc"),
    ):
        psycopg.connect(**address(server, role, own)).close()
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(**address(server, role, other))
    clear(server)


def test_the_schema_can_be_made_by_the_owner(server: Any) -> None:
    from sqlalchemy import URL

    set_up(server)
    url = URL.create("postgresql+psycopg", "sangloc_owner", PASSWORDS["owner"], "127.0.0.1", server.port, "sangloc")
    assert migrate(url.render_as_string(hide_password=False)) == head_revision()
    with pytest.raises(ConfigurationError):
        migrate(url.set(password="wrong").render_as_string(hide_password=False))
    clear(server)


def test_a_second_run_stops_at_once(server: Any) -> None:
    set_up(server)
    done = set_up(server)
    assert done.returncode
    assert "already exists" in done.stderr
    clear(server)


def test_the_server_accepts_every_option_and_keeps_the_embedded_ones(server: Any) -> None:
    """Above all the log's: an error must not repeat a row's values there."""
    options = [word.removeprefix("--") for word in SERVICE["command"][1:]]
    theirs = dict(line.split(" = ") for line in embedded._SETTINGS.splitlines())
    for option in options:
        name, value = option.split("=")
        said = subprocess.run(
            [embedded.program("postgres"), "-D", server.folder / "data", f"--{option}", "-C", name],
            capture_output=True,
            text=True,
            user=server.user,
            cwd=server.folder,
        )
        assert said.returncode == 0, f"{option}: {said.stderr}"
        if name not in ("max_connections", "shared_buffers", "maintenance_work_mem"):
            assert value == theirs[name].strip("'"), name
    ours = {option.split("=")[0] for option in options}
    places = {"listen_addresses", "unix_socket_directories", "port", "dynamic_shared_memory_type"}
    assert set(theirs) - ours == places


def test_a_dump_of_the_embedded_warehouse_restores_as_the_owner(server: Any, postgres: Any, tmp_path: Any) -> None:
    """What docs/operations.md tells to do when moving to docker-compose."""
    postgres.fresh()
    with psycopg.connect(postgres.url("sangloc_owner", "sangloc"), autocommit=True) as connection:
        connection.execute(
            "SELECT audit.append(now(), 'd', 't', -1, 'r', 1, 'success', 'airflow', '0', '{}'), "
            "audit.append(now(), 'd', 't', -1, 'r', 2, 'success', 'airflow', '0', '{\"rows\": 1}')"
        )
    dump = tmp_path / "sangloc.dump"
    subprocess.run(
        [embedded.program("pg_dump"), "--format=custom", f"--file={dump}", postgres.url("sangloc_owner", "sangloc")],
        check=True,
    )
    set_up(server)
    done = subprocess.run(
        [embedded.program("pg_restore"), "--no-owner", "--exit-on-error", "--host=127.0.0.1", f"--port={server.port}",
         "--username=sangloc_owner", "--dbname=sangloc", dump],
        env={**os.environ, "PGPASSWORD": PASSWORDS["owner"]},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with psycopg.connect(**address(server, "report", "sangloc")) as connection:
        assert connection.execute("SELECT count(*) FROM audit.event").fetchone() == (2,)
        assert connection.execute("SELECT * FROM audit.broken").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM roster.person")
    clear(server)
