"""docker-compose.yaml is valid and describes the same system as the embedded stack."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from sangloc import settings
from sangloc.stack import environment, files, status

ROOT = settings.root()
COMPOSE = ROOT / "docker-compose.yaml"
AIRFLOW = {"init", "api-server", "scheduler", "dag-processor", "triggerer", "worker"}

# In the embedded stack only: nothing.
EMBEDDED_ONLY: set[str] = set()
# In production only, each because production has something the embedded stack has not.
PRODUCTION_ONLY = {
    "AIRFLOW__CELERY__BROKER_URL",
    "AIRFLOW__CELERY__RESULT_BACKEND",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY",
    "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER",
    # `docker-compose` asks each container; `sangloc status` asks the API server.
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK",
    # The embedded stack passes these on only when a person has set them.
    "SANGLOC_JOINED_ON",
    "SANGLOC_REPORTS",
}
# In both, with another value: places, secrets and sizes.
DIFFERENT = {
    "SANGLOC_ROOT", "SANGLOC_HOME", "SANGLOC_LANDING", "PYTHONPATH", "AIRFLOW_HOME",
    "AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER",
    "AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CORE__PARALLELISM", "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG",
    "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "AIRFLOW__API__BASE_URL",
    "AIRFLOW__API__HOST", "AIRFLOW__API__PORT", "AIRFLOW__API__WORKERS",
    # Code changes with the image there, with an editor here.
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL", "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL",
    # Compared by what they mean, below.
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW_CONN_SANGLOC_LOADER", "AIRFLOW_CONN_SANGLOC_REPORT",
    "AIRFLOW_CONN_SANGLOC_SMTP", "SANGLOC_SMTP_PLAIN",
}  # fmt: skip


def example() -> dict[str, str]:
    """What a person has in .env: every variable of .env.example without a default, filled in."""
    names = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    return {name: f"given{number:02}" for number, name in enumerate(names)}


def substitute(text: str, given: dict[str, str]) -> str:
    """Compose's substitution of `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$`."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, operator, word = found["name"], found["operator"], found["word"]
        if given.get(name):
            return given[name]
        if operator == ":-":
            return word
        raise LookupError(f"{name}: {word or 'neither set nor with a message'}")

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?:(?P<operator>:[-?])(?P<word>[^}]*))?\}", value, text)


@functools.cache
def compose() -> dict[str, Any]:
    read: dict[str, Any] = filled(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))
    return read


def filled(node: Any) -> Any:
    """The parsed file with every variable substituted, in texts only, as compose does it."""
    if isinstance(node, dict):
        return {key: filled(value) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(item) for item in node]
    return substitute(node, example()) if isinstance(node, str) else node


def variables(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in compose()["services"][service].get("environment", {}).items()}


def compose_command() -> list[str] | None:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker") and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        return ["docker", "compose"]
    return None


def config(tmp_path: Path, given: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = compose_command()
    assert command
    file = tmp_path / "given.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    return subprocess.run(
        [*command, "--file", str(COMPOSE), "--env-file", str(file), *arguments],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)},
    )


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The embedded stack's variables, from a state folder in which nothing runs."""
    for name in ("SANGLOC_NOW", "SANGLOC_JOINED_ON", "SANGLOC_REPORTS", "SANGLOC_LANDING"):
        monkeypatch.delenv(name, raising=False)
    files.ensure_secrets(tmp_path)
    files.update_state(tmp_path, ports={"ui": 8080, "warehouse": 5442, "mail": 1025})
    return environment(tmp_path)


def test_the_file_is_valid(tmp_path: Path) -> None:
    if compose_command() is None:
        warnings.warn("docker-compose is not installed: checked by our own reading of the file only", stacklevel=1)
    else:
        done = config(tmp_path, example(), "--profile", "demo", "config")
        assert done.returncode == 0, done.stderr
        read = yaml.safe_load(done.stdout)
        assert set(read["services"]) == set(compose()["services"])
        # Our own reading of the file, on which the other tests rest, is docker-compose's.
        for service in AIRFLOW:
            assert {k: str(v) for k, v in read["services"][service]["environment"].items()} == variables(service)
    assert set(compose()["volumes"]) == {
        volume.split(":")[0]
        for service in compose()["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }


def test_every_variable_without_a_default_is_asked_for_by_name(tmp_path: Path) -> None:
    for name in example():
        given = {other: value for other, value in example().items() if other != name}
        with pytest.raises(LookupError, match=rf"^{name}: set "):
            substitute(COMPOSE.read_text(encoding="utf-8"), given)
    if compose_command() is not None:
        done = config(tmp_path, {**example(), "SANGLOC_LOADER_PASSWORD": ""}, "config")
        assert done.returncode
        assert "set the password of the loading role" in done.stderr


def test_the_example_names_every_variable_of_the_file() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text(encoding="utf-8")))
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert used == named


def test_the_services_are_the_embedded_ones_and_those_celery_needs(tmp_path: Path) -> None:
    assert set(compose()["services"]) == {one.name for one in status(tmp_path)} | {"redis", "worker", "init"}


def test_the_variables_are_the_embedded_ones(embedded: dict[str, str]) -> None:
    ours = variables("scheduler")
    assert set(embedded) - set(ours) == EMBEDDED_ONLY
    assert set(ours) - set(embedded) == PRODUCTION_ONLY
    same = set(ours) - PRODUCTION_ONLY - DIFFERENT
    assert {name: ours[name] for name in same} == {name: embedded[name] for name in same}
    assert set(embedded) >= DIFFERENT


def test_every_airflow_service_has_the_same_variables() -> None:
    own = {
        "worker": {"DUMB_INIT_SETSID"},
        "init": {"SANGLOC_OWNER_URL", "SANGLOC_ENGINEER_PASSWORD"},
    }
    common = variables("scheduler")
    for service in AIRFLOW:
        extra = {name: value for name, value in variables(service).items() if common.get(name) != value}
        assert set(extra) == own.get(service, set())
        assert set(common) <= set(variables(service))


def test_the_connections_are_the_embedded_ones(embedded: dict[str, str]) -> None:
    ours = variables("worker")
    for name in (
        "AIRFLOW_CONN_SANGLOC_LOADER",
        "AIRFLOW_CONN_SANGLOC_REPORT",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    ):
        here, there = urlsplit(ours[name]), urlsplit(embedded[name])
        assert (here.scheme, here.username, here.path) == (there.scheme, there.username, there.path)
        assert (here.hostname, here.port) == ("postgres", 5432)
        assert here.password and here.password.startswith("given")
    assert {name for name in ours if name.startswith("AIRFLOW_CONN_")} == {
        name for name in embedded if name.startswith("AIRFLOW_CONN_")
    }


def test_the_mail_connection_never_repeats_a_mail(embedded: dict[str, str]) -> None:
    ours, theirs = (json.loads(each["AIRFLOW_CONN_SANGLOC_SMTP"]) for each in (variables("worker"), embedded))
    assert ours["conn_type"] == theirs["conn_type"] == "smtp"
    # Without TLS only to the demo's catcher.
    assert (variables("worker")["SANGLOC_SMTP_PLAIN"], embedded["SANGLOC_SMTP_PLAIN"]) == ("false", "true")
    assert ours["extra"].keys() == theirs["extra"].keys()
    assert ours["extra"]["retry_limit"] == theirs["extra"]["retry_limit"] == 0
    assert ours["port"] == 587
    assert ours["extra"]["disable_tls"] is False


def test_no_secret_stands_in_the_file() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    for line in text.splitlines():
        name, _, value = line.strip().partition(": ")
        if re.search(r"(PASSWORD|_KEY|SECRET|REDISCLI_AUTH)$", name):
            assert re.match(r"\$\{\w+(:\?[^}]+)?\}$", value), line
    # A user and password inside an address.
    assert not re.findall(r"://[\w]*:(?!\$\{)[^@/\s]+@", text)


def test_only_the_services_that_need_it_hold_a_password() -> None:
    holders = {
        "POSTGRES_PASSWORD": {"postgres"},
        "SANGLOC_OWNER_PASSWORD": {"postgres", "init"},
        "SANGLOC_ENGINEER_PASSWORD": {"init"},
    }
    for name, expected in holders.items():
        secret = example()[name]
        found = {service for service, body in compose()["services"].items() if secret in json.dumps(body)}
        assert found == expected, name
    assert not set(example().values()) & set(variables("mail").values())


def test_every_service_that_stays_has_a_health_check_and_comes_back() -> None:
    for name, service in compose()["services"].items():
        if name == "init":
            assert service["restart"] == "no"
            continue
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert service["restart"] == "unless-stopped", name


def test_airflow_starts_after_the_databases_and_the_schema() -> None:
    for name in AIRFLOW - {"init"}:
        assert compose()["services"][name]["depends_on"] == {
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
            "init": {"condition": "service_completed_successfully"},
        }, name
    assert compose()["services"]["init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_workers_scale() -> None:
    for name, service in compose()["services"].items():
        assert "container_name" not in service
        assert ("ports" in service) == (name == "api-server"), f"{name}: only the pages are reached from outside"


def test_the_airflow_services_share_landing_reports_and_logs() -> None:
    places = {volume.rsplit(":", 1)[1] for volume in compose()["services"]["worker"]["volumes"]}
    assert places == {"/var/lib/sangloc", variables("worker")["SANGLOC_LANDING"],
                      variables("worker")["SANGLOC_REPORTS"], "/opt/airflow/logs"}  # fmt: skip
    for name in AIRFLOW:
        assert compose()["services"][name]["volumes"] == compose()["services"]["worker"]["volumes"]


def test_the_mail_catcher_waits_to_be_asked_for() -> None:
    profiles = {name: service["profiles"] for name, service in compose()["services"].items() if "profiles" in service}
    assert profiles == {"mail": ["demo"]}
