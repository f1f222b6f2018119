"""What the engineer and the officer see and do in Airflow's pages, in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on the machine: CI has to install it (.ci/run)")
        pytest.skip("no Chromium on this machine: install one (Debian: apt-get install chromium) to test the pages")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield made
        made.close()


def _log_in(road: Any, browser: Browser, user: str) -> tuple[Page, str]:
    base = f"http://127.0.0.1:{json.loads((road.stack.home / 'state.json').read_text())['ports']['ui']}"
    page = browser.new_context(viewport={"width": 1500, "height": 950}, locale="vi-VN").new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{base}/auth/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", json.loads((road.stack.home / "users.json").read_text())[user])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"^{re.escape(base)}/(?!auth/login)"))
    return page, base


def test_engineer_sees_a_named_cell_for_each_commune(road: Any, browser: Browser) -> None:
    page, base = _log_in(road, browser, "engineer")
    run = re.search(r"succeeded: (\S+)", road.results["second roster_refresh"].stdout)
    assert run
    page.goto(f"{base}/dags/lang_son__roster_refresh/runs/{run[1]}/tasks/refresh/mapped")
    expect(page.get_by_text("Làm mới danh sách dân cư · Lạng Sơn").first).to_be_visible(timeout=60_000)
    communes = {name for (name,) in road.query("SELECT name FROM ref.commune WHERE province_code = '20'")}
    cell = page.locator("a", has_text=re.compile("^(Xã|Phường) ")).first
    expect(cell).to_be_visible(timeout=60_000)
    assert cell.inner_text() in communes


def test_officer_approves_in_the_browser(road: Any, browser: Browser) -> None:
    page, base = _log_in(road, browser, "officer")
    mails = len(list((road.stack.home / "mails").glob("*.eml")))
    engineer, _ = _log_in(road, browser, "engineer")
    path = f"{base}/api/v2/dags/lang_son__report_monthly_byt/dagRuns"
    started = engineer.evaluate(
        "path => fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({logical_date: null, conf: {period: '2026-09'}})}).then(answer => answer.json())",
        path,
    )
    run = f"{base}/dags/lang_son__report_monthly_byt/runs/{started['dag_run_id']}"
    approve = page.get_by_role("button", name="Phê duyệt", exact=True)
    for _ in range(40):
        # Before the question is asked the page falls back to the task's log.
        page.goto(f"{run}/tasks/approval/required_actions")
        page.wait_for_timeout(3000)
        if approve.count():
            break
    expect(page.get_by_text("Số người được khám trong kỳ").first).to_be_visible()
    # Airflow 3.3.2 loses an answer that comes within seconds of its question; a person reads first.
    page.wait_for_timeout(7000)
    approve.click()
    state = "SELECT state, approved_by FROM reporting.submission WHERE obligation = 'monthly_byt' AND period_key = '2026-09'"
    for _ in range(60):
        if road.query(state) == [("delivered", "officer")]:
            break
        page.wait_for_timeout(1000)
    assert road.query(state) == [("delivered", "officer")]
    assert len(list((road.stack.home / "mails").glob("*.eml"))) == mails + 2


def test_officer_may_not_start_what_is_not_theirs(road: Any, browser: Browser) -> None:
    page, base = _log_in(road, browser, "officer")
    status = page.evaluate(
        "path => fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({logical_date: null, conf: {}})}).then(answer => answer.status)",
        f"{base}/api/v2/dags/lang_son__roster_refresh/dagRuns",
    )
    assert status == 403
