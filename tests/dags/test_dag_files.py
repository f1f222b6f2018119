"""The DAG files: quick to import, thin, complete, and wired as the documents say."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sangloc import provinces, settings

DAGS = settings.root() / "dags"
# Every file of dags/ and its family. A new one has to be entered here, with its graph below.
FAMILIES = {
    "roster_refresh": "roster",
    "exam_intake": "exams",
    "health_book_linkage": "linkage",
    "health_book_creation": "linkage",
    "campaign_planning": "planning",
    "data_quality": "quality",
    "reporting": "reporting",
    "incident_report": "incident",
    "deadline_watch": "deadlines",
    "figures_from_below": "forms",
}
SHARED = {"families", "report_steps"}

REPORT_STEPS = {
    "open_period": {"ask", "mail_officer", "record_decision", "render", "send", "take_snapshot"},
    "take_snapshot": {"render"},
    "render": {"ask"},
    "ask": {"approval", "mail_officer", "record_decision"},
    "mail_officer": set(),
    "approval": {"record_decision"},
    "record_decision": {"send"},
    "send": set(),
}
# By family, or by name for the second DAG of a file.
EDGES: dict[str, dict[str, set[str]]] = {
    "roster": {
        "regroup": {"refresh"},
        "refresh": {"publish", "compare", "find_held", "all_communes_done"},
        "publish": set(),
        "compare": set(),
        "find_held": {"open_release"},
        "open_release": set(),
        "all_communes_done": set(),
    },
    "roster_release": {
        "describe": {"tell", "question"},
        "tell": set(),
        "question": {"apply"},
        "apply": {"publish"},
        "publish": set(),
    },
    "exams": {
        "find_senders": {"load"},
        "load": {"publish", "all_senders_done"},
        "publish": set(),
        "all_senders_done": set(),
    },
    "linkage": {"link": {"list_missing"}, "list_missing": set()},
    "health_book_creation": {
        "open_books": {"publish", "all_communes_done"},
        "publish": set(),
        "all_communes_done": set(),
    },
    "planning": {"plan": {"publish", "all_communes_done"}, "publish": set(), "all_communes_done": set()},
    "quality": {"choose": {"validate"}, "validate": set()},
    "reporting": REPORT_STEPS,
    "incident": REPORT_STEPS,
    "deadlines": {"expect": {"remind", "send_board"}, "remind": set(), "send_board": set()},
    "hourly_watch": {"each_hour": set()},
    "acknowledgement": {"acknowledge": set()},
    "forms": {
        "expect": {"issue", "find_units"},
        "issue": set(),
        "find_units": {"take_in"},
        "take_in": {"summarise", "all_units_done"},
        "summarise": set(),
        "all_units_done": set(),
    },
}
# The asset that a run of the family changes, and by which task; what a run of the family starts on.
OUTLETS = {
    "roster": {"publish": "roster"},
    "roster_release": {"publish": "roster"},
    "exams": {"publish": "exams"},
    "linkage": {"link": "health_books"},
    "health_book_creation": {"publish": "health_books"},
    "planning": {"publish": "plan"},
}
STARTS_ON = {
    "linkage": {"roster", "exams"},
    "planning": {"health_books"},
    "quality": {"roster", "exams", "health_books", "plan"},
}
CRON = {
    "deadlines": "0 7 * * *",
    "hourly_watch": "15 * * * *",
    "roster": "0 2 * * *",
    "exams": "30 */6 * * *",
    "health_book_creation": "0 1 2 1 *",
    "forms": "55 1-23/2 * * *",
}
MAPPED = {
    "roster": {"refresh", "open_release"},
    "exams": {"load"},
    "forms": {"take_in"},
    "planning": {"plan"},
    "health_book_creation": {"open_books"},
    "quality": {"validate"},
}
# Families that wait for a person.
ASKING = {"reporting", "incident", "roster_release"}
# The second DAG of a file, and of a family, stands above by its own name.
SECOND = {"roster_release", "health_book_creation", "acknowledgement", "hourly_watch"}

ALLOWED_IMPORTS = {"__future__", "airflow", "collections", "datetime", "enum", "sangloc", "typing", *SHARED}
MOST_STATEMENTS = 15
SQL = re.compile(
    r"\b(select\b.+\bfrom|delete\s+from|insert\s+into|update\b.+\bset|(create|alter|drop|truncate)\s+(table|view|schema))\b",
    re.IGNORECASE | re.DOTALL,
)
# Letters that Vietnamese has and English has not.
VIETNAMESE = re.compile(r"[ăâđêôơưàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ]", re.IGNORECASE)


def too_thick(source: str) -> list[str]:
    """What a DAG file does that belongs into `sangloc` or into include/sql."""
    tree = ast.parse(source)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    problems = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            if SQL.search(node.value):
                problems.append(f"line {node.lineno}: SQL")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            problems += [f"line {node.lineno}: import of {name}" for name in names if name.split(".")[0] not in ALLOWED_IMPORTS]
        elif isinstance(node, ast.FunctionDef):
            size = sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1
            if size > MOST_STATEMENTS:
                problems.append(f"line {node.lineno}: {node.name} has {size} statements")
    return problems


@pytest.mark.parametrize("name", sorted({*FAMILIES, *SHARED}))
def test_a_dag_file_is_thin(name: str) -> None:
    assert too_thick((DAGS / f"{name}.py").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    run('select a\\nfrom roster.person')", ["line 2: SQL"]),
        ("x = 'UPDATE roster.person SET a = 1'", ["line 1: SQL"]),
        ("'''Selects people from the roster.'''", []),
        ("def f():\n    import pandas as pd", ["line 2: import of pandas"]),
        ("from sqlalchemy.orm import Session", ["line 1: import of sqlalchemy.orm"]),
        ("def f():\n" + "    x = 1\n" * 16, ["line 1: f has 16 statements"]),
        ("def f():\n" + "    x = 1\n" * 15, []),
    ],
)
def test_what_is_thick_is_found(source: str, expected: list[str]) -> None:
    assert too_thick(source) == expected


def test_every_file_is_known() -> None:
    assert {path.stem for path in DAGS.glob("*.py")} == {*FAMILIES, *SHARED}


def test_airflow_takes_one_file_for_a_plugin_and_only_dag_files_for_dags() -> None:
    """A file of the package taken for a plugin replaces the standard library's module of its name (numbers, text)."""
    from airflow._shared.module_loading.file_discovery import find_path_from_directory

    # The syntax that Airflow has when nobody configured one.
    found = {
        folder: {
            Path(path).name
            for path in find_path_from_directory(settings.root() / folder, ".airflowignore", "glob")
            if Path(path).suffix == ".py"
        }
        for folder in ("plugins", "dags")
    }
    assert found == {"plugins": {"sangloc_plugin.py"}, "dags": {f"{name}.py" for name in FAMILIES}}


# Both subprocesses begin alike: as Airflow's DAG processor, whose folder of DAGs is importable.
READER = """
import json, os, sys
sys.path.insert(0, os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
"""

TIMER = """
import importlib, resource
def seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
import airflow.sdk, airflow.providers.standard.operators.hitl, airflow.sdk.definitions.retry_policy
before = seconds()
for name in sys.argv[1:]:
    importlib.import_module(name)
heavy = {"pandas", "polars", "great_expectations", "duckdb", "docx", "typst", "splink"} & set(sys.modules)
print(json.dumps({"airflow": before, "dags": seconds() - before, "heavy": sorted(heavy)}))
"""

COLLECTOR = """
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager
from airflow.sdk.bases.timetable import BaseTimetable
from airflow.serialization.serialized_objects import DagSerialization

def seconds(duration):
    return None if duration is None else duration.total_seconds()

def task_facts(task):
    policy = task.retry_policy
    human = getattr(task, "operator_class", type(task))
    return {
        "display": task.task_display_name,
        "down": sorted(task.downstream_task_ids),
        "human": isinstance(human, type) and issubclass(human, HITLOperator),
        "response_timeout": seconds(getattr(task, "response_timeout", None)),
        "execution_timeout": seconds(task.execution_timeout),
        "retries": task.retries,
        "backoff": float(task.retry_exponential_backoff),
        "max_retry_delay": seconds(task.max_retry_delay),
        "fail_at_once": sorted(
            one if isinstance(one, str) else one.__name__
            for rule in policy.rules if rule.action.value == "fail"
            for one in (rule.exception if isinstance(rule.exception, (list, tuple)) else [rule.exception])
        ),
        "outlets": [outlet.name for outlet in task.outlets],
        "mapped": type(task).__name__.endswith("MappedOperator"),
        "cell": task.map_index_template if hasattr(task, "map_index_template") else None,
        "rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
    }

def asset_names(node):
    if isinstance(node, list):
        return {name for item in node for name in asset_names(item)}
    if isinstance(node, dict):
        own = {node["name"]} if "uri" in node else set()
        return own | {name for item in node.values() for name in asset_names(item)}
    return set()

bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
found = {}
for dag_id, dag in bag.dags.items():
    encoded = DagSerialization.to_dict(dag)["dag"]
    found[dag_id] = {
        "file": os.path.basename(dag.fileloc).removesuffix(".py"),
        "display": dag.dag_display_name,
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "timezone": str(dag.timezone),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "paused_at_first": dag.is_paused_upon_creation is not False,
        "params": sorted(dag.params),
        "deadline": bool(dag.deadline),
        "schedule": dag.schedule if isinstance(dag.schedule, str) else type(dag.timetable).__name__,
        "assets": sorted(asset_names(encoded["timetable"])),
        "serialized_tasks": len(encoded["tasks"]),
        "tasks": {task.task_id: task_facts(task) for task in dag.tasks},
    }
# What a task sees of its file.
with _airflow_parsing_context_manager(dag_id="lang_son__roster_refresh", task_id="refresh"):
    of_a_task = DagBag(os.path.join(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], "roster_refresh.py"))
print(json.dumps({"errors": bag.import_errors | of_a_task.import_errors, "dags": found, "of_a_task": sorted(of_a_task.dags)}))
"""


def run_apart(tmp_path: Path, script: str, *arguments: str) -> Any:
    """The JSON that a script prints last in a new Python with Airflow's settings and without a database."""
    root = settings.root()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SANGLOC_", "AIRFLOW_", "_AIRFLOW_"))}
    done = subprocess.run(
        [sys.executable, "-c", READER + script, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=kept | {
            "PYTHONPATH": str(root / "plugins"),
            "SANGLOC_ROOT": str(root),
            "SANGLOC_HOME": str(tmp_path / "home"),
            "SANGLOC_NOW": "2026-11-21T08:00:00+07:00",
            "AIRFLOW_HOME": str(tmp_path / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(root / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
            # No server there: a DAG file that asks a database while it is read fails.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://nobody@127.0.0.1:1/none",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_all_dags_import_in_two_seconds_of_processor_time(tmp_path: Path) -> None:
    """Airflow's own import is left out: the DAG processor has done it before it reads the first file."""
    runs = []
    for _ in range(3):
        runs.append(run_apart(tmp_path, TIMER, *FAMILIES))
        assert runs[-1]["heavy"] == []
        if runs[-1]["dags"] < 2:
            return
    pytest.fail(f"importing all DAG files took {min(run['dags'] for run in runs):.2f} s of processor time")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow finds in the folder of DAGs."""
    found: dict[str, Any] = run_apart(tmp_path_factory.mktemp("airflow"), COLLECTOR)
    assert found["errors"] == {}
    return found


@pytest.fixture(scope="module")
def dags(read: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every DAG as Airflow reads it, by id."""
    found: dict[str, dict[str, Any]] = read["dags"]
    return found


def test_a_task_builds_the_dags_of_its_own_province_only(read: dict[str, Any]) -> None:
    assert read["of_a_task"] == ["lang_son__roster_refresh", "lang_son__roster_release"]


def family(dag: dict[str, Any]) -> str:
    return FAMILIES[dag["file"]]


def kind(dag_id: str, dag: dict[str, Any]) -> str:
    name = dag_id.split("__")[1]
    return name if name in SECOND else family(dag)


def province(dag_id: str) -> str:
    return dag_id.split("__")[0]


def test_every_province_has_a_dag_of_every_family_and_for_every_obligation(dags: dict[str, dict[str, Any]]) -> None:
    expected = {}
    for slug in provinces.slugs():
        for name in ("roster_refresh", "exam_intake", "health_book_linkage", "health_book_creation", "campaign_planning",
                     "data_quality", "deadline_watch", "figures_from_below"):  # fmt: skip
            expected[f"{slug}__{name}"] = name
        expected[f"{slug}__roster_release"] = "roster_refresh"
        expected[f"{slug}__acknowledgement"] = "deadline_watch"
        expected[f"{slug}__hourly_watch"] = "deadline_watch"
        for obligation in provinces.load(slug).obligations:
            if obligation.cadence == "ad_hoc":
                expected[f"{slug}__incident_report"] = "incident_report"
            else:
                expected[f"{slug}__report_{obligation.id}"] = "reporting"
    assert {dag_id: dag["file"] for dag_id, dag in dags.items()} == expected
    assert set(expected.values()) == set(FAMILIES)


def test_tags_name_the_family_and_the_province(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        assert dag["tags"] == sorted([family(dag), province(dag_id)]), dag_id


def test_every_dag_and_task_is_explained_and_has_a_vietnamese_name(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        assert re.match(r"\s*### .+ · .+\n", dag["doc"]), dag_id
        assert VIETNAMESE.search(dag["display"]), dag_id
        assert dag["display"].endswith(provinces.load(province(dag_id)).short_name), dag_id
        for task_id, task in dag["tasks"].items():
            assert VIETNAMESE.search(task["display"]), f"{dag_id}.{task_id}"


def test_every_task_but_a_persons_answer_has_a_time_limit(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        for task_id, task in dag["tasks"].items():
            limit = task["response_timeout"] if task["human"] else task["execution_timeout"]
            assert limit and limit > 0, f"{dag_id}.{task_id}"
        assert any(task["human"] for task in dag["tasks"].values()) == (kind(dag_id, dag) in ASKING), dag_id


def test_every_task_retries_with_growing_pauses_what_a_retry_can_mend(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        for task_id, task in dag["tasks"].items():
            assert task["retries"] >= 2, f"{dag_id}.{task_id}"
            assert task["backoff"] > 1, f"{dag_id}.{task_id}"
            assert task["max_retry_delay"], f"{dag_id}.{task_id}"
            assert {name.rsplit(".", 1)[-1] for name in task["fail_at_once"]} == {
                "ConfigurationError",
                "RefusedInputError",
                "QualityGateError",
                "DeliveryUncertainError",
                "HITLTimeoutError",
            }, f"{dag_id}.{task_id}"


def test_the_graphs_are_these(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        assert {name: set(task["down"]) for name, task in dag["tasks"].items()} == EDGES[kind(dag_id, dag)], dag_id
        assert dag["serialized_tasks"] == len(dag["tasks"]), dag_id


def test_the_dags_are_joined_by_these_assets(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        slug = province(dag_id)
        outlets = {name: task["outlets"] for name, task in dag["tasks"].items() if task["outlets"]}
        assert outlets == {task: [f"{asset}/{slug}"] for task, asset in OUTLETS.get(kind(dag_id, dag), {}).items()}, dag_id
        assert set(dag["assets"]) == {f"{asset}/{slug}" for asset in STARTS_ON.get(kind(dag_id, dag), set())}, dag_id


def test_the_dags_start_when_they_say_in_vietnam_time(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        assert dag["timezone"] == "Asia/Ho_Chi_Minh", dag_id
        # A list that waits for a person keeps no other list waiting.
        assert (dag["max_active_runs"] == 1) == (kind(dag_id, dag) != "roster_release"), dag_id
        assert dag["paused_at_first"] == (kind(dag_id, dag) != "roster_release"), dag_id
        assert dag["catchup"] == (family(dag) == "reporting"), dag_id
        assert dag["deadline"] == (family(dag) in ("reporting", "incident")), dag_id
        if kind(dag_id, dag) in CRON:
            assert dag["schedule"] == CRON[kind(dag_id, dag)], dag_id
        if kind(dag_id, dag) == "roster_release":
            assert dag["schedule"] == "NullTimetable", dag_id
            assert dag["params"] == ["file_id"], dag_id
        if family(dag) == "reporting":
            assert dag["schedule"] == "ReportTimetable", dag_id
            assert dag["params"] == ["correction", "period"], dag_id
        if kind(dag_id, dag) == "acknowledgement":
            assert dag["schedule"] == "NullTimetable", dag_id
            assert dag["params"] == ["note", "obligation", "period"], dag_id
        if family(dag) == "incident":
            assert dag["schedule"] == "NullTimetable", dag_id
            assert dag["params"] == ["area", "assessment", "kind", "measures", "proposals", "summary", "urgency"], dag_id


def test_mapped_cells_have_names_and_one_red_cell_makes_a_red_run(dags: dict[str, dict[str, Any]]) -> None:
    for dag_id, dag in dags.items():
        mapped = {name: task for name, task in dag["tasks"].items() if task["mapped"]}
        assert set(mapped) == MAPPED.get(kind(dag_id, dag), set()), dag_id
        assert all(task["cell"] for task in mapped.values()), dag_id
        # A leaf that runs whatever happened hides a failed cell, unless another leaf depends on all of them.
        rules = {task["rule"] for task in dag["tasks"].values() if not task["down"]}
        assert rules != {"all_done"}, dag_id
