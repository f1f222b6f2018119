"""A commune sends half its people: its list waits, everybody else's goes through, an officer lets it in."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sangloc import provinces
from sangloc.stack.api import Airflow
from stack.conftest import HALVED, SLUG, USUAL

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

REASON = "số người giảm 50% (mức 10%)"


@dataclass
class Held:
    """The stack after the second month, while the list waits."""

    stack: Any
    run_id: str
    file_id: int
    query: Callable[..., list[Any]]

    def people(self) -> dict[str, int]:
        counted = "SELECT commune_code, count(*) FROM roster.person WHERE commune_code = ANY(%s) GROUP BY commune_code"
        return dict(self.query(counted, [HALVED, USUAL]))

    def mails(self) -> list[Any]:
        read = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in (self.stack.home / "mails").glob("*.eml")
        ]
        return [mail for mail in read if f"held-{self.file_id}." in str(mail["Message-ID"])]


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.5)
    return found


@pytest.fixture(scope="module")
def held(month: Any) -> Held:
    ((file_id,),) = month.query("SELECT file_id FROM intake.file WHERE province_code = '19' AND status = 'held'")
    return Held(month.stack, month.run_id, file_id, month.query)


def test_everybody_elses_refresh_goes_on(held: Held) -> None:
    assert held.people() == {HALVED: 60, USUAL: 61}
    tasks = Airflow(held.stack.home).tasks(f"{SLUG}__roster_refresh", held.run_id)
    names = {unit.code: unit.name for unit in provinces.communes(SLUG)}
    cells = {task["rendered_map_index"]: task["state"] for task in tasks if task["task_id"] == "refresh"}
    assert len(cells) == len(names)
    waiting = f"{names[HALVED]} · GIỮ LẠI: {REASON}"
    assert cells.pop(waiting) == "skipped"
    assert set(cells.values()) == {"success"} and names[USUAL] in cells
    states = {task["task_id"]: task["state"] for task in tasks if task["map_index"] < 0}
    done = dict.fromkeys(("regroup", "publish", "compare", "find_held"), "success")
    assert states == {**done, "all_communes_done": "skipped"}
    assert [task["rendered_map_index"] for task in tasks if task["task_id"] == "open_release"] == [waiting]


def test_engineer_and_officer_are_told(held: Held) -> None:
    found = until(lambda: len(held.mails()) == 2 and held.mails())
    contacts = provinces.load(SLUG).contacts
    assert {mail["To"] for mail in found} == {contacts.officer, contacts.engineer}
    mail = found[0]
    assert REASON in mail["Subject"]
    body = mail.get_body(("plain",)).get_content()
    assert "30 trên 60 người đang quản lý không còn trong danh sách" in body
    assert f"/dags/{SLUG}__roster_release/runs/held-{held.file_id}/tasks/question/required_actions" in body
    assert "Ma Thị" not in body and "2026-11.csv" not in body


def test_officer_releases_it_in_the_browser(held: Held, log_in: Callable[..., Page]) -> None:
    officer = Airflow(held.stack.home, "officer")
    until(lambda: officer.approvals([f"{SLUG}__roster_release"]))
    page = log_in("officer")
    page.goto(f"{held.stack.pages}/dags/{SLUG}__roster_release/runs/held-{held.file_id}/tasks/question/required_actions")
    expect(page.get_by_text("30 trên 60 người đang quản lý không còn trong danh sách").first).to_be_visible()
    for name in ("Nhận danh sách", "Từ chối", "Chỉ bổ sung, không xóa ai"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    # Airflow 3.3.2 loses an answer that comes within seconds of its question; a person reads first.
    page.wait_for_timeout(7000)
    page.get_by_role("button", name="Nhận danh sách", exact=True).click()
    until(lambda: held.people() == {HALVED: 30, USUAL: 61})
    until(lambda: officer.run(f"{SLUG}__roster_release", f"held-{held.file_id}")["state"] == "success")
    assert held.query(
        "SELECT f.status, h.decision, h.decided_by FROM intake.hold AS h JOIN intake.file AS f USING (file_id)"
        " WHERE file_id = %s",
        held.file_id,
    ) == [("loaded", "release", "officer")]
    states = {task["task_id"]: task["state"] for task in officer.tasks(f"{SLUG}__roster_release", f"held-{held.file_id}")}
    assert set(states.values()) == {"success"}
