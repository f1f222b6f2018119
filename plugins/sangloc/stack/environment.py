"""The one place that says with which environment Airflow, its tasks and the tests run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.stack import files
from sangloc.stack.ports import HOST
from sangloc.stack.postgres import METADATA, ROLES, WAREHOUSE

# Chosen by a person for one run; handed on to every component.
_PASSED_ON = ("SANGLOC_NOW", "SANGLOC_JOINED_ON", "SANGLOC_REPORTS")


def database_url(home: Path, role: str, scheme: str = "postgresql") -> str:
    """The address of the warehouse for `role` (owner, loader or report), with its password.

    Raises:
        ConfigurationError: when the stack in `home` was never started.
    """
    port, secrets = _known(home)
    return f"{scheme}://{ROLES[role]}:{secrets[role]}@{HOST}:{port['warehouse']}/{WAREHOUSE}"


def ui_url(home: Path) -> str:
    """The address of Airflow's pages and API."""
    return f"http://{HOST}:{_known(home)[0]['ui']}"


def _known(home: Path) -> tuple[dict[str, int], dict[str, str]]:
    chosen, secrets = files.state(home).get("ports"), files.read_json(home / "secrets.json")
    if not chosen or not secrets:
        raise ConfigurationError(f"there is no stack in {home} yet; start it with `sangloc up`")
    return chosen, secrets


def environment(home: Path) -> dict[str, str]:
    """The variables of the stack in `home`: paths, Airflow's configuration and the three connections.

    Secrets are among them. Merge it over `outside()` for a subprocess, or set it in a test's environment.

    Raises:
        ConfigurationError: when the stack in `home` was never started.
    """
    port, secrets = _known(home)
    root = settings.root()
    ui = ui_url(home)
    mail = {
        "conn_type": "smtp",
        "host": HOST,
        "port": port["mail"],
        # Zero repetitions: a mail must never leave twice because the first answer was lost; the outbox decides.
        "extra": {"disable_ssl": True, "disable_tls": True, "retry_limit": 0, "from_email": "sangloc@sangloc.invalid"},
    }
    variables = {
        "SANGLOC_ROOT": str(root),
        "SANGLOC_HOME": str(home),
        "SANGLOC_LANDING": os.environ.get("SANGLOC_LANDING") or str(home / "landing"),
        "PYTHONPATH": str(root / "plugins"),
        "PYTHONUNBUFFERED": "1",
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW_CONN_SANGLOC_LOADER": database_url(home, "loader", "postgres"),
        "AIRFLOW_CONN_SANGLOC_REPORT": database_url(home, "report", "postgres"),
        "AIRFLOW_CONN_SANGLOC_SMTP": json.dumps(mail),
        # The mail catcher is on this machine and sends nothing on.
        settings.PLAIN_MAIL: "true",
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    for section, options in _airflow(home, root, ui, port, secrets).items():
        for option, value in options.items():
            variables[f"AIRFLOW__{section.upper()}__{option.upper()}"] = str(value)
    variables |= {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}
    joined = files.state(home).get("joined_on")
    if joined:
        variables.setdefault("SANGLOC_JOINED_ON", joined)
    return variables


def _airflow(
    home: Path, root: Path, ui: str, port: Mapping[str, int], secrets: Mapping[str, str]
) -> dict[str, dict[str, object]]:
    return {
        "core": {
            "dags_folder": root / "dags",
            "plugins_folder": root / "plugins",
            "executor": "LocalExecutor",
            "parallelism": 4,
            "max_active_tasks_per_dag": 4,
            "load_examples": False,
            "auth_manager": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "default_timezone": "Asia/Ho_Chi_Minh",
            "dags_are_paused_at_creation": True,
            "fernet_key": secrets["fernet_key"],
            "execution_api_server_url": f"{ui}/execution/",
            # The first pause before a retry; each further one is three times as long.
            "default_task_retry_delay": 15,
            # Commands and tests change DAG files and look at once.
            "min_serialized_dag_update_interval": 5,
        },
        "database": {
            "sql_alchemy_conn": (
                f"postgresql+psycopg2://{METADATA}:{secrets['airflow']}@{HOST}:{port['warehouse']}/{METADATA}"
            ),
        },
        "api": {
            "host": HOST,
            "port": port["ui"],
            "base_url": ui,
            "workers": 1,
            "secret_key": secrets["secret_key"],
            "instance_name": "Sàng Lọc",
            # Following 114 mapped tasks takes one request, not two.
            "maximum_page_limit": 1000,
        },
        "api_auth": {"jwt_secret": secrets["jwt_secret"]},
        "scheduler": {
            # Killing scheduler, workers and task at once took 315 s to recover with the defaults of 300 s.
            "orphaned_tasks_check_interval": 20,
            "task_instance_heartbeat_timeout": 60,
            "scheduler_heartbeat_sec": 2,
            "scheduler_idle_sleep_time": 0.5,
        },
        # A worker that has read the last of a task's output before the task's process is gone looks again only after this
        # many seconds, 5 by default: of 92 short tasks most were overlooked, and three of four workers stood still. The
        # API server may be away as long as by default, 3 times 5 seconds.
        "workers": {"min_heartbeat_interval": 1, "max_failed_heartbeats": 15},
        "dag_processor": {
            "refresh_interval": 10,
            "min_file_process_interval": 30,
            "parsing_processes": 1,
            "stale_dag_threshold": 120,
        },
        "logging": {
            "logging_level": "INFO",
            "fab_logging_level": "WARNING",
            "uvicorn_logging_level": "WARNING",
            "colored_console_log": False,
            "file_task_handler_new_folder_permissions": "0o700",
            "file_task_handler_new_file_permissions": "0o600",
        },
    }


def outside() -> dict[str, str]:
    """This process's environment without any setting of another Airflow or another stack.

    Nor does Python's wish to keep no compiled modules get through: every task would compile what it imports anew.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SANGLOC_", "AIRFLOW_", "_AIRFLOW_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"))
    }
