"""The `sangloc` command without a stack: help, and one clear message for every wrong input."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from sangloc import cli, provinces
from sangloc.errors import ConfigurationError
from sangloc.stack import demo, files, scheduler
from sangloc.stack.progress import Display


def sangloc(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANGLOC_")}
    return subprocess.run(
        [sys.executable, "-m", "sangloc.cli", *arguments],
        capture_output=True,
        text=True,
        env={**environment, "SANGLOC_HOME": str(home)},
        timeout=60,
    )


def test_help_is_quick_and_loads_nothing_heavy(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert sangloc(tmp_path, "--help").returncode == 0
    assert time.monotonic() - begun < 2.0  # 0.03 s when nothing else runs
    probe = "import sys; from sangloc import cli; cli._parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()
    assert not {"airflow", "sqlalchemy", "rich", "pandas", "polars", "psycopg"} & set(loaded)


def test_what_is_imported_before_tasks_fork_starts_no_threads_of_its_own() -> None:
    """A library whose threads do not survive a fork would hang the tasks."""
    ours = [name for name in scheduler.NEEDED_BY_TASKS if name.startswith("sangloc.")]
    probe = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe, *ours], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert set(ours) <= set(loaded)
    assert not {"polars", "duckdb"} & set(loaded)


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "down",
        "status",
        "sample",
        "sample-forms",
        "run",
        "approve",
        "psql",
        "url",
        "export-book",
        "verify-report",
        "figure-rows",
        "demo",
    ],
)
def test_every_command_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert "examples:\n  sangloc" in capsys.readouterr().out.replace("psql $(sangloc", "sangloc")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "x"], "there is no stack in"),
        (["approve"], "start it with `sangloc up`"),
        (["url"], "start it with `sangloc up`"),
        (["export-book", "1", "x"], "start it with `sangloc up`"),
        (["psql"], "start it with `sangloc up`"),
        (["demo", "--province", "atlantis"], "there are hai_phong, lang_son, thai_nguyen"),
    ],
)
def test_without_a_stack(tmp_path: Path, arguments: list[str], message: str) -> None:
    answer = sangloc(tmp_path / "home", *arguments)
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "x", "--conf", "{"], "not JSON"),
        (["run", "x", "--conf", "[1]"], "expected a JSON object"),
        (["sample", "lang_son", "--as-of", "tomorrow"], "is not a date"),
        (["approve", "--yes"], "need a DAG_ID"),
    ],
)
def test_wrong_arguments(tmp_path: Path, arguments: list[str], message: str) -> None:
    answer = sangloc(tmp_path, *arguments)
    assert answer.returncode == 2
    assert message in answer.stderr


def test_down_and_status_without_a_stack(tmp_path: Path) -> None:
    assert sangloc(tmp_path / "home", "down").stdout == "nothing was running\n"
    assert sangloc(tmp_path / "home", "status").returncode == 1


def test_full_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"GB are free .* SANGLOC_HOME"):
        files.check_disk(tmp_path / "not" / "yet", needed=1 << 60)
    files.check_disk(tmp_path, needed=1)


def test_damaged_state_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"ports": {"ui"')
    assert files.state(tmp_path) == {}
    files.update_state(tmp_path, joined_on="2026-11-21")
    assert files.state(tmp_path) == {"joined_on": "2026-11-21"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_secrets_are_kept_and_completed(tmp_path: Path) -> None:
    first, made = files.ensure_secrets(tmp_path)
    assert made
    assert files.ensure_secrets(tmp_path) == (first, False)
    kept = {name: value for name, value in first.items() if name != "report"}
    files.write_json(tmp_path / "secrets.json", kept)
    second, made = files.ensure_secrets(tmp_path)
    assert made
    assert second["superuser"] == first["superuser"]
    assert second["report"] != first["report"]


def test_demo_keeps_its_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21")
    wanted, kept = demo._parameters(tmp_path, "lang_son", 3000)
    assert (wanted.people, wanted.as_of, kept) == (3000, "2026-11-21", False)
    demo._note(tmp_path, "lang_son", sample=vars(wanted))
    # Interrupted while it was written, and gone on with the next day: the same people of the same day.
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-22")
    assert demo._parameters(tmp_path, "lang_son", None) == (wanted, False)
    demo._note(tmp_path, "lang_son", generated=True)
    assert demo._parameters(tmp_path, "lang_son", 3000) == (wanted, True)
    with pytest.raises(ConfigurationError, match="was begun with 3000 people, not 4000"):
        demo._parameters(tmp_path, "lang_son", 4000)


@pytest.mark.parametrize(
    ("today", "joined", "period"),
    [
        # The report on the period that ended a week ago is still to come due: its units are asked.
        ("2026-11-21", "2026-11-14", "2026"),
        # It was due before: the period that runs is the first that units are asked for.
        ("2026-12-05", "2026-12-05", "2027"),
    ],
)
def test_demo_fills_in_forms_of_the_report_that_comes_next(
    today: str, joined: str, period: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGLOC_NOW", today)
    monkeypatch.setenv("SANGLOC_HOME", str(tmp_path))
    monkeypatch.delenv("SANGLOC_LANDING", raising=False)
    profile = provinces.load("lang_son")
    assert demo._joining_day(profile).isoformat() == joined
    files.update_state(tmp_path, joined_on=joined)
    display = Display(Console())
    demo._fill_in_forms(tmp_path, profile, display)
    sent = sorted(path for path in tmp_path.glob("landing/lang_son/submissions/*/*"))
    assert {path.name.rsplit("_", 1)[0] for path in sent} == {f"bieu_annual_dang_uy_{period}"}
    # Some units of each kind send theirs; most are missing.
    assert {"cong_an", "05977"} <= {path.parent.name for path in sent} and 8 < len(sent) < 20
    for path in sent:
        path.unlink()
    demo._fill_in_forms(tmp_path, profile, display)
    assert not list(tmp_path.glob("landing/lang_son/submissions/*/*"))


def test_interruption_is_one_message(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", interrupted)
    assert cli.main(["demo"]) == 130
    assert "interrupted; run the same command again" in capsys.readouterr().err
