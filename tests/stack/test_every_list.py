"""Whatever a commune sends goes through the DAG, and a broken file is the trouble of its own commune."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import Any

import pytest

from sangloc.stack.api import Airflow
from stack.conftest import DAG, HALVED, SLUG
from stack.deliveries import BROKEN, DELIVERIES, Person, people

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def on_the_roster(month: Any, commune: str) -> list[tuple[Any, ...]]:
    columns = ", ".join(column.name for column in fields(Person))
    statement = f"SELECT {columns} FROM roster.person WHERE commune_code = %s ORDER BY full_name, citizen_id"  # noqa: S608
    found: list[tuple[Any, ...]] = month.query(statement, commune)
    return found


@pytest.mark.parametrize("kind", [kind for kind in DELIVERIES if kind != "broken"])
def test_everybody_arrives_as_they_were_sent(month: Any, kind: str) -> None:
    commune, delivery = DELIVERIES[kind][0], month.deliveries[kind]
    expected = sorted((astuple(person) for person in delivery.people), key=lambda row: (row[0], row[4] or "~"))
    assert on_the_roster(month, commune) == expected
    # Every file was taken, and nothing that is none; nobody was told of anything.
    entries = month.query("SELECT path, status FROM intake.file WHERE province_code = '19' AND commune_code = %s", commune)
    assert sorted(entries) == sorted((f"{SLUG}/roster/{commune}/{name}", "loaded") for name in delivery.files)
    remarks = "SELECT r.reason_code FROM intake.{} AS r JOIN intake.file AS f USING (file_id) WHERE f.commune_code = %s"
    assert [month.query(remarks.format(table), commune) for table in ("reject", "warning")] == [[], []]


def test_ticks_of_the_ward_form_are_groups(month: Any) -> None:
    found: dict[str, set[str]] = {}
    for code, name in month.query(
        "SELECT group_code, full_name FROM roster.person_group JOIN roster.person USING (person_id)"
        " WHERE commune_code = %s AND code_set = 'QD2062'",
        DELIVERIES["ward form of 36 columns"][0],
    ):
        found.setdefault(code, set()).add(name)
    assert found == month.deliveries["ward form of 36 columns"].groups


def test_those_who_died_or_left_are_in_the_history(month: Any) -> None:
    commune = DELIVERIES["list of changes"][0]
    ended = month.query(
        "SELECT citizen_id, end_reason FROM roster.person_history WHERE commune_code = %s AND end_reason IN ('died', 'left')"
        " ORDER BY 1",
        commune,
    )
    dead, gone = people(commune)[:2]
    assert ended == sorted([(dead.citizen_id, "died"), (gone.citizen_id, "left")])


def test_only_the_commune_of_the_broken_file_is_red(month: Any) -> None:
    cells = {task["rendered_map_index"]: task["state"] for task in month.at_first if task["task_id"] == "refresh"}
    assert len(cells) == len(month.names)
    assert cells.pop(month.names[BROKEN]) == "failed"
    (waits,) = [name for name in cells if name.startswith(f"{month.names[HALVED]} · GIỮ LẠI")]
    assert cells.pop(waits) == "skipped"
    assert {name: state for name, state in cells.items() if state != "success"} == {}
    # It lies in the middle: others were done before and after it.
    states = {task["task_id"]: task["state"] for task in month.at_first if task["map_index"] < 0}
    done = dict.fromkeys(("regroup", "publish", "compare", "find_held"), "success")
    assert states == {**done, "all_communes_done": "upstream_failed"}
    tries = [task["try_number"] for task in month.at_first if task["state"] == "failed"]
    assert tries == [1], "no retry mends a broken file"


def test_its_message_names_the_cause_and_nobody(month: Any) -> None:
    told = month.printed.stderr
    assert month.printed.returncode == 1
    (line,) = [line for line in told.splitlines() if f"refresh [{month.names[BROKEN]}]" in line]
    assert f"xã {BROKEN}, tệp số " in line
    assert "unreadable: Không mở được tệp; hãy lưu lại dưới dạng CSV UTF-8 hoặc XLSX" in line
    output = told + month.printed.stdout
    named = {value for person in people(BROKEN, 9) for value in (person.full_name, person.citizen_id or "", "2026_11.xlsx")}
    assert [value for value in named if value in output] == []


def test_its_good_list_was_taken_and_the_rejected_row_came_back_put_right(month: Any) -> None:
    delivery = month.deliveries["broken"]
    assert month.people_at_first == len(delivery.people)
    found = on_the_roster(month, BROKEN)
    expected = [astuple(person) for person in delivery.people]
    assert [row for row in found if row in expected] == sorted(expected)
    ((name, birth, *_),) = [row for row in found if row not in expected]
    assert (name, str(birth)) == (people(BROKEN)[5].full_name, "1980-02-28")
    assert month.query(
        "SELECT f.status, f.reason_code, f.list_kind, count(r.reject_id), count(r.corrected_in) FROM intake.file AS f"
        " LEFT JOIN intake.reject AS r ON f.file_id = r.file_id AND r.row_number > 0"
        " WHERE province_code = '19' AND commune_code = %s GROUP BY f.file_id ORDER BY f.file_id",
        BROKEN,
    ) == [("loaded", None, "full", 1, 1), ("refused", "unreadable", None, 0, 0), ("loaded", None, "returned", 0, 0)]


def test_after_it_was_put_right_its_cell_is_green(month: Any) -> None:
    cells = {task["rendered_map_index"]: task for task in month.tasks() if task["task_id"] == "refresh"}
    cell = cells[month.names[BROKEN]]
    assert (cell["state"], cell["try_number"]) == ("success", 2)
    assert Airflow(month.stack.home).run(DAG, month.run_id)["state"] == "success"
