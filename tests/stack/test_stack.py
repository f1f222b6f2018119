"""The embedded stack as a whole: it starts, says how it is, survives kills, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from sangloc import stack
from sangloc.errors import ConfigurationError
from sangloc.stack import files, ports, postgres, processes
from sangloc.stack.api import Airflow

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def home(stack: Any) -> Iterator[Path]:
    """The running stack's folder, in its own environment; it has the DAGs of `trial.py` beside the project's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("SANGLOC_", "AIRFLOW_")):
                patch.delenv(name)
        for name, value in stack.environment.items():
            patch.setenv(name, value)
        yield stack.home


def sangloc(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sangloc.cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **changes},
        timeout=120,
    )


def by_name(home: Path) -> dict[str, stack.Component]:
    return {component.name: component for component in stack.status(home)}


def listening_at(home: Path) -> set[Any]:
    """The addresses at which processes of the stack listen."""
    found = set()
    for process in [*processes.of_stack(home), postgres.running(home)]:
        # One that reads DAG files may have ended meanwhile.
        with suppress(psutil.NoSuchProcess):
            connections = process.net_connections("inet") if process else []
            found |= {one.laddr for one in connections if one.status == psutil.CONN_LISTEN}
    return found


def wait_for_dag(home: Path, dag_id: str) -> None:
    deadline = time.monotonic() + 120
    while dag_id not in {dag["dag_id"] for dag in Airflow(home).dags()}:
        assert time.monotonic() < deadline, f"{dag_id} was not read"
        time.sleep(0.5)


def test_everything_is_healthy_and_private(home: Path) -> None:
    assert {component.name for component in stack.status(home)} == {
        "postgres", "mail", "api-server", "scheduler", "dag-processor", "triggerer",
    }  # fmt: skip
    assert [component for component in stack.status(home) if component.problem] == []
    shown = sangloc("status")
    assert shown.returncode == 0
    assert shown.stdout.count("healthy") == 6
    for name in ("secrets.json", "users.json", "state.json"):
        assert (home / name).stat().st_mode & 0o777 == 0o600
    # Nothing of it can be reached from another machine. The kernel's table is read in pieces: while other connections come
    # and go, one look may miss an entry.
    listening = {address for _ in range(5) for address in listening_at(home)}
    assert {address.port for address in listening} >= set(files.state(home)["ports"].values())
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_roles_of_the_warehouse(home: Path) -> None:
    with psycopg.connect(stack.database_url(home, "owner")) as connection:
        assert connection.execute("SELECT to_regclass('roster.person') IS NOT NULL").fetchone() == (True,)
    with psycopg.connect(stack.database_url(home, "report")) as connection:
        assert connection.execute("SELECT count(*) >= 0 FROM stats.person").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT full_name FROM roster.person")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(stack.database_url(home, "loader").removesuffix("/sangloc") + "/airflow")


def test_psql_and_url(home: Path) -> None:
    answer = sangloc("psql", "-c", "SELECT current_user")
    assert answer.returncode == 0, answer.stderr
    assert "sangloc_loader" in answer.stdout
    assert sangloc("psql", "-c", "SELECT nothing").returncode != 0
    assert sangloc("url", "--role", "report").stdout.strip() == stack.database_url(home, "report")


def test_server_log_repeats_no_values(home: Path) -> None:
    with psycopg.connect(stack.database_url(home, "loader")) as connection, pytest.raises(psycopg.DataError):
        connection.execute("SELECT CAST('Nguyễn Thị Không Ai' AS date)")
    assert "Không Ai" not in (home / "postgres" / "server.log").read_text(errors="replace")


def test_mail_is_caught_whole(home: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.vn", "b@example.vn", "Báo cáo quý"
    message.set_content("Kính gửi Ủy ban nhân dân tỉnh")
    with smtplib.SMTP("127.0.0.1", files.state(home)["ports"]["mail"]) as server:
        server.send_message(message)
    caught = [path.read_bytes() for path in (home / "mails").glob("*.eml")]
    assert any(b"X-Envelope-To: b@example.vn" in mail and b"Subject:" in mail for mail in caught)
    assert not list((home / "mails").glob(".*"))


def test_run_follows_and_tells_failure(home: Path) -> None:
    wait_for_dag(home, "trial__mapped")
    good = sangloc("run", "trial__mapped")
    assert good.returncode == 0, good.stderr
    assert "work 3/3" in good.stdout
    bad = sangloc("run", "trial__mapped", "--conf", '{"fail": true}')
    assert bad.returncode == 1
    lines = bad.stderr.splitlines()
    named = next(number for number, line in enumerate(lines) if "work [" in line)
    assert lines[named].endswith(": asked to fail")
    assert "asked to fail" in Path(lines[named + 1].strip()).read_text()
    unknown = sangloc("run", "trial__none")
    assert unknown.returncode == 2
    assert "Airflow has no DAG 'trial__none'" in unknown.stderr
    assert "trial__mapped" in unknown.stderr


def test_officer_answers_and_auditor_may_not(home: Path) -> None:
    wait_for_dag(home, "trial__asks")
    engineer, auditor = Airflow(home), Airflow(home, "auditor")
    engineer.unpause("trial__asks")
    run_id = engineer.trigger("trial__asks")
    deadline = time.monotonic() + 120
    while not engineer.approvals(["trial__asks"]):
        assert time.monotonic() < deadline, "the approval was not asked for"
        time.sleep(0.5)
    assert "Duyệt thử" in sangloc("approve").stdout
    with pytest.raises(ConfigurationError, match="auditor may not"):
        auditor.answer(auditor.approvals(["trial__asks"])[0], yes=True)
    with pytest.raises(ConfigurationError, match="auditor may not"):
        auditor.trigger("trial__asks")
    with pytest.raises(ConfigurationError, match="officer may not"):
        Airflow(home, "officer").trigger("trial__asks")
    answered = sangloc("approve", "trial__asks", "--yes")
    assert answered.returncode == 0, answered.stderr
    assert "→ Approve" in answered.stdout
    deadline = time.monotonic() + 120
    while engineer.run("trial__asks", run_id)["state"] != "success":
        assert time.monotonic() < deadline, "the answered run did not end"
        time.sleep(0.5)
    assert "nothing waits" in sangloc("approve").stdout


def test_second_up_changes_nothing_and_is_quick(home: Path) -> None:
    before = {component.name: component.pid for component in stack.status(home)}
    begun = time.monotonic()
    stack.up(home)
    assert time.monotonic() - begun < 8
    assert {component.name: component.pid for component in stack.status(home)} == before


def test_up_recovers_after_kills_lost_secrets_and_a_taken_port(home: Path) -> None:
    before = by_name(home)
    workers = [child.pid for child in psutil.Process(before["scheduler"].pid).children()]
    for name in ("scheduler", "postgres"):
        pid = before[name].pid
        assert pid
        os.kill(pid, signal.SIGKILL)
    broken = sangloc("status")
    assert broken.returncode == 1
    assert "not running" in broken.stdout
    # The superuser's and every role's password is lost, the state file damaged in the middle of a write.
    (home / "secrets.json").write_text('{"superuser": "wr')
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", before["postgres"].port or 0))
        other.listen()
        stack.up(home)
        after = by_name(home)
        assert [component for component in after.values() if component.problem] == []
        assert after["postgres"].port != before["postgres"].port
    # The killed scheduler's workers, which hide from an ordinary user, are gone with it.
    assert workers
    assert [pid for pid in workers if processes.started_at(pid)] == []
    with psycopg.connect(stack.database_url(home, "loader")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_process_that_lost_its_parent_is_found(home: Path) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
    orphan = processes.start(home, "orphan", [sys.executable, "-c", stubborn], stack.outside())
    assert orphan in {process.pid for process in processes.of_stack(home)}
    stack.up(home)
    assert processes.started_at(orphan) is None


def test_chosen_port_in_use_is_refused(home: Path, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        answer = sangloc("up", SANGLOC_HOME=str(tmp_path / "other"), SANGLOC_DB_PORT=port)
    assert answer.returncode == 2
    assert f"port {port} is in use by another program; choose another with SANGLOC_DB_PORT" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_remembered_port_in_use_moves_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANGLOC_UI_PORT", raising=False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert not ports.is_free(taken)
        with ports.claiming():
            assert ports.choose("ui", taken) != taken


def test_stacks_that_start_at_once_choose_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANGLOC_SMTP_PORT", raising=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    other = [sys.executable, "-c", f"from sangloc.stack import ports; print(ports.choose('mail', {free}))"]

    def chosen_by_another() -> int:
        return int(subprocess.run(other, capture_output=True, text=True, check=True).stdout)

    with ports.claiming():
        assert ports.choose("mail", free) == free
        # Nothing listens there yet.
        assert ports.is_free(free)
        assert chosen_by_another() != free
    assert chosen_by_another() == free
