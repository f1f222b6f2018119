"""The image is pinned to our Airflow and gets everything the services need, and nothing that is secret."""

from __future__ import annotations

import os
import re
import subprocess

import yaml

from sangloc import settings

ROOT = settings.root()
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))


def test_the_base_is_the_airflow_of_the_lock() -> None:
    locked = re.search(r"^apache-airflow==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert locked
    assert re.findall(r"^FROM (\S+)$", DOCKERFILE, re.MULTILINE) == [f"apache/airflow:slim-{locked[1]}-python3.11"]


def test_every_image_has_a_version() -> None:
    for name, service in COMPOSE["services"].items():
        assert re.search(r":\w*\d+\.\d+[\w.-]*$", service["image"]), name


def test_the_database_is_the_embedded_one() -> None:
    from sangloc.stack.postgres import program

    said = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    assert COMPOSE["services"]["postgres"]["image"] == f"postgres:{said.split()[-1]}"


def test_what_is_copied_exists_and_is_let_through() -> None:
    copied = [
        name for line in re.findall(r"^COPY --chown=airflow:0 (.+)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    ]
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignore if line and not line.startswith("#")]
    assert rules[0] == "*", "everything is left out that is not named"
    assert sorted(rule.removeprefix("!") for rule in rules if rule.startswith("!")) == sorted(copied)
    assert all((ROOT / name).exists() for name in copied)


def test_the_package_is_the_project_whose_version_the_image_bears() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert COMPOSE["x-airflow"]["image"] == f"sangloc:{version[1]}"


def test_the_scripts_run() -> None:
    for script in (ROOT / "docker").glob("*.sh"):
        assert os.access(script, os.X_OK), script
        subprocess.run(["bash", "-n", script], check=True)


def test_the_paths_are_those_of_the_services() -> None:
    ours = dict(re.findall(r"(\w+)=([^\s\\]+)", DOCKERFILE.split("USER root")[0]))
    services = COMPOSE["services"]["worker"]["environment"]
    assert {name: str(services[name]) for name in ours} == ours
