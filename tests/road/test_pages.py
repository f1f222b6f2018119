"""What the engineer and the officer see and do in Airflow's pages, in a real browser."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


def test_engineer_sees_a_named_cell_for_each_commune(road: Any, log_in: Callable[..., Page]) -> None:
    page, base = log_in("engineer"), road.stack.pages
    run = re.search(r"succeeded: (\S+)", road.results["second roster_refresh"].stdout)
    assert run
    page.goto(f"{base}/dags/lang_son__roster_refresh/runs/{run[1]}/tasks/refresh/mapped")
    expect(page.get_by_text("Làm mới danh sách dân cư · Lạng Sơn").first).to_be_visible()
    communes = {name for (name,) in road.query("SELECT name FROM ref.commune WHERE province_code = '20'")}
    cell = page.locator("a", has_text=re.compile("^(Xã|Phường) ")).first
    expect(cell).to_be_visible()
    assert cell.inner_text() in communes


def test_officer_approves_in_the_browser(road: Any, log_in: Callable[..., Page]) -> None:
    page, base = log_in("officer", typed=True), road.stack.pages
    mails = len(list((road.stack.home / "mails").glob("*.eml")))
    engineer = log_in("engineer")
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
    # An answer that cannot be taken leaves the question open, and who gave it is told why.
    page.get_by_role("button", name="Trả lại", exact=True).click()
    refused = "SELECT count(*) FROM reporting.outbox WHERE topic LIKE '%.answer.monthly_byt.2026-09.%' AND state = 'sent'"
    for _ in range(60):
        if road.query(refused) == [(1,)]:
            break
        page.wait_for_timeout(1000)
    assert road.query(refused) == [(1,)]
    page.wait_for_timeout(7000)
    page.goto(f"{run}/tasks/approval/required_actions")
    approve.click()
    state = "SELECT state, approved_by FROM reporting.submission WHERE obligation = 'monthly_byt' AND period_key = '2026-09'"
    for _ in range(60):
        if road.query(state) == [("delivered", "officer")]:
            break
        page.wait_for_timeout(1000)
    assert road.query(state) == [("delivered", "officer")]
    assert len(list((road.stack.home / "mails").glob("*.eml"))) == mails + 3


def test_officer_finds_the_report_in_the_years_calendar(road: Any, log_in: Callable[..., Page]) -> None:
    page, base = log_in("officer"), road.stack.pages
    [(number,)] = road.query(
        "SELECT submission_id FROM reporting.submission WHERE obligation = 'monthly_byt' AND period_key = '2026-09'"
    )
    page.goto(f"{base}/plugin/reports")
    inside = page.frame_locator("iframe")
    expect(inside.get_by_role("heading", name="Các báo cáo trong năm")).to_be_visible()
    # The year of the demo is the one of its clock.
    inside.get_by_label("Tỉnh, thành phố").select_option("lang_son")
    inside.get_by_label("Năm").fill("2026")
    inside.get_by_role("button", name="Xem").click()
    inside.locator(f'a[href$="/sangloc/reports/{number}"]').click()
    expect(inside.get_by_text("Người thực hiện")).to_be_visible()
    expect(inside.locator("polygon").first).to_be_visible()
    with page.expect_download() as got:
        inside.get_by_role("link", name="PDF").first.click()
    stored = dict(road.query("SELECT sha256, submission_id FROM reporting.document WHERE kind = 'pdf'"))
    assert stored[hashlib.sha256(got.value.path().read_bytes()).hexdigest()] == number
    # Figures are published to the officer; the people behind them are not.
    answer = page.goto(f"{base}/sangloc/reports/{number}/rows?figure=examined_share")
    assert answer is not None and answer.status == 403


def test_linker_sees_who_is_behind_a_figure(road: Any, log_in: Callable[..., Page]) -> None:
    page, base = log_in("linker"), road.stack.pages
    [(number,)] = road.query(
        "SELECT submission_id FROM reporting.submission WHERE obligation = 'monthly_byt' AND period_key = '2026-09'"
    )
    page.goto(f"{base}/sangloc/reports/{number}/figures/examined_share")
    page.locator('a[href*="rows?figure="]').first.click()
    page.locator('a[href*="/sangloc/review/books/"]').first.click()
    expect(page.get_by_text("Họ và tên").first).to_be_visible()


def test_officer_may_not_start_what_is_not_theirs(road: Any, log_in: Callable[..., Page]) -> None:
    page, base = log_in("officer"), road.stack.pages
    status = page.evaluate(
        "path => fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({logical_date: null, conf: {}})}).then(answer => answer.status)",
        f"{base}/api/v2/dags/lang_son__roster_refresh/dagRuns",
    )
    assert status == 403
