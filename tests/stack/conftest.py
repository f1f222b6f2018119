"""One month of Thái Nguyên through the stack: lists of every kind, one that is held, one that is broken."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from intake.written import xlsx_bytes
from sangloc import provinces
from sangloc.stack import environment
from sangloc.stack.api import Airflow, wait_until
from stack.deliveries import BROKEN, DELIVERIES, Delivery, made

# No other test of the stack has to do with this province.
SLUG = "thai_nguyen"
DAG = f"{SLUG}__roster_refresh"
HALVED, USUAL = "01843", "05443"
FIRST_MONTH = """
import sys
from sangloc.roster import refresh_commune
for commune in sys.argv[2:]:
    refresh_commune(sys.argv[1], commune, "first month")
"""


@dataclass
class Month:
    """What the second month's run left behind.

    `printed` and `at_first` are what `sangloc run` said and the tasks' states when the run had ended for the first time,
    `people_at_first` the broken commune's people then. After that the commune put its list right, and the engineer
    cleared its cell.
    """

    stack: Any
    warehouse_url: str
    deliveries: dict[str, Delivery]
    names: dict[str, str]
    run_id: str
    printed: subprocess.CompletedProcess[str]
    at_first: list[dict[str, Any]]
    people_at_first: int

    def query(self, statement: str, *parameters: object) -> list[Any]:
        with psycopg.connect(self.warehouse_url, autocommit=True) as connection:
            return connection.execute(statement, parameters or None).fetchall()

    def tasks(self) -> list[dict[str, Any]]:
        return Airflow(self.stack.home).tasks(DAG, self.run_id)


def _send(landing: Path, commune: str, month: str, count: int) -> None:
    folder = landing / SLUG / "roster" / commune
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{month}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Tình trạng cư trú"])
        for number in range(count):
            name = f"Ma Thị {chr(ord('A') + number // 26)}{chr(ord('a') + number % 26)}"
            writer.writerow([name, f"{number % 28 + 1:02d}/04/1985", "Nữ", f"019185{commune[-3:]}{number:03d}", "Thường trú"])


def _put_right(landing: Path, delivery: Delivery) -> None:
    """What the commune of the broken list does: takes it back, and sends the rejected row again with its birth date."""
    folder = landing / SLUG / "roster" / BROKEN
    (folder / list(delivery.files)[-1]).unlink()
    (returned,) = (landing / SLUG / "returned" / "roster" / BROKEN).iterdir()
    rows = CalamineWorkbook.from_path(str(returned)).get_sheet_by_index(0).to_python()
    rows[1][rows[0].index("Ngày sinh")] = "28/02/1980"
    (folder / "trả lại.xlsx").write_bytes(xlsx_bytes({"Dòng bị trả lại": rows}))


def _clear(airflow: Airflow, run_id: str, task: dict[str, Any]) -> None:
    """Clear one cell and what comes after it, as the page does; wait for the run's end."""
    again = {"dag_run_id": run_id, "task_ids": [[task["task_id"], task["map_index"]]], "include_downstream": True}
    airflow.call("POST", f"/dags/{DAG}/clearTaskInstances", {**again, "dry_run": False, "only_failed": False})
    assert wait_until(lambda: airflow.run(DAG, run_id)["state"] in ("success", "failed"), 120)


@pytest.fixture(scope="session")
def month(stack: Any) -> Month:
    for commune in (HALVED, USUAL):
        _send(stack.landing, commune, "2026-10", 60)
    merged = subprocess.run(
        [sys.executable, "-c", FIRST_MONTH, SLUG, HALVED, USUAL],
        env={**stack.environment, **environment(stack.home)},
        capture_output=True,
        text=True,
    )
    assert merged.returncode == 0, merged.stderr[-2000:]
    _send(stack.landing, HALVED, "2026-11", 30)
    _send(stack.landing, USUAL, "2026-11", 61)
    names = {unit.code: unit.name for unit in provinces.communes(SLUG)}
    deliveries = {kind: made(kind, names) for kind in DELIVERIES}
    for kind, delivery in deliveries.items():
        delivery.drop(stack.landing / SLUG / "roster" / DELIVERIES[kind][0])

    printed = stack.run("run", DAG, check=False)
    run = re.search(rf"run (\S+) of {DAG} failed", printed.stderr)
    assert run, printed.stdout[-3000:] + printed.stderr[-3000:]
    airflow = Airflow(stack.home)
    found = Month(stack, stack.url("owner"), deliveries, names, run[1], printed, airflow.tasks(DAG, run[1]), 0)
    (cell,) = [task for task in found.at_first if task["rendered_map_index"] == names[BROKEN]]
    ((found.people_at_first,),) = found.query("SELECT count(*) FROM roster.person WHERE commune_code = %s", BROKEN)

    _put_right(stack.landing, deliveries["broken"])
    _clear(airflow, run[1], cell)
    return found
