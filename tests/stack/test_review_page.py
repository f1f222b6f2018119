"""An officer decides in the browser whose exam it is; nobody without the role sees a case."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from people import add_person
from sangloc.intake import name_fold, name_key
from sangloc.stack import environment

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

NAME = "Đàm Văn Thử"
LINK = "import sys; from sangloc.linkage import link; link(sys.argv[1], 'by hand')"


class Cases:
    """The stack with two cases of Hải Phòng, which no other test of the stack has to do with."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self.base = stack.pages
        with psycopg.connect(stack.url("owner"), autocommit=True) as db:
            (commune,) = db.execute("SELECT min(code) FROM ref.commune WHERE province_code = '31'").fetchone() or ("",)
            self.people = [
                add_person(
                    db,
                    province_code="31",
                    commune_code=commune,
                    full_name=NAME,
                    birth_date=date(1977, 7, 7),
                    citizen_id=f"03107700000{digit}",
                )
                for digit in (1, 2)
            ]
            db.execute(
                "INSERT INTO intake.file (province_code, kind, path, sha256, size_bytes, status, received_at)"
                " VALUES ('31', 'exam', 'x', repeat('e', 64), 1, 'loaded', now())"
            )
            for number in (1, 2):
                db.execute(
                    "INSERT INTO exam.encounter (province_code, file_id, source, facility_code, ma_lk, version, is_current,"
                    " content_hash, form, code_set_version, exam_date, concluded_at, received_at, full_name, name_key,"
                    " name_fold, birth_date, birth_precision) SELECT '31', max(file_id), 'worker', '31001', %s, 1, TRUE, 'x',"
                    " '18_plus', 'QD2062', '2026-08-10', now(), now(), %s, %s, %s, '1977-07-07', 'day' FROM intake.file"
                    " WHERE province_code = '31' AND kind = 'exam'",
                    [f"R-{number}", NAME, name_key(NAME), name_fold(NAME)],
                )
        done = subprocess.run(
            [sys.executable, "-c", LINK, "hai_phong"],
            env=stack.environment | environment(stack.home),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        self.reviews = [
            row[0] for row in self.query("SELECT review_id FROM health_book.review WHERE province_code = '31' ORDER BY 1")
        ]
        assert len(self.reviews) == 2

    def query(self, statement: str) -> list[Any]:
        with psycopg.connect(self.stack.url("owner"), autocommit=True) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def cases(stack: Any) -> Cases:
    return Cases(stack)


def test_the_officer_decides_inside_airflow(cases: Cases, log_in: Callable[..., Page]) -> None:
    page = log_in("linker")
    page.goto(f"{cases.base}/plugin/health-book-review")
    frame = page.frame_locator("iframe")
    frame.get_by_label("Tỉnh, thành phố").select_option("hai_phong")
    frame.get_by_role("button", name="Lọc").click()
    frame.get_by_role("link", name=str(cases.reviews[0]), exact=True).click()
    expect(frame.get_by_role("cell", name=NAME).first).to_be_visible()
    expect(frame.get_by_text("031077000002")).to_be_visible()
    if folder := os.environ.get("SANGLOC_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/review.png")
    frame.get_by_label("Đúng là người 2: ghi vào sổ").check()
    frame.get_by_role("button", name="Ghi quyết định").click()
    expect(frame.get_by_text(f"Đã ghi quyết định cho trường hợp số {cases.reviews[0]}")).to_be_visible()
    assert cases.query(
        "SELECT b.person_id, n.method FROM health_book.entry AS n JOIN health_book.book AS b USING (book_id)"
        " WHERE b.province_code = '31'"
    ) == [(cases.people[1], "officer")]
    told = cases.query("SELECT run_id, task_id, outcome, actor FROM audit.event WHERE dag_id = 'health_book' ORDER BY seq")
    assert [event[1:] for event in told if event[0] == f"review-{cases.reviews[0]}"] == [
        ("view", "shown", "linker"),
        ("decide", "link", "linker"),
    ]


@pytest.mark.parametrize("user", ["officer", "auditor", "engineer"])
def test_nobody_else_sees_a_case(cases: Cases, log_in: Callable[..., Page], user: str) -> None:
    page = log_in(user)
    for path in ("", str(cases.reviews[1])):
        answer = page.goto(f"{cases.base}/sangloc/review/{path}")
        assert answer is not None and answer.status == 403
        assert NAME not in page.content()
    assert (user,) in cases.query("SELECT actor FROM audit.event WHERE dag_id = 'health_book' AND outcome = 'refused'")


def test_the_entry_stands_in_the_menu_of_who_may_use_it_only(cases: Cases, log_in: Callable[..., Page]) -> None:
    for user, seen in (("linker", True), ("officer", False)):
        page = log_in(user)
        names = page.evaluate(
            "path => fetch(path).then(answer => answer.ok ? answer.json() : {plugins: []})"
            ".then(found => found.plugins.flatMap(one => one.external_views.map(view => view.name)))",
            f"{cases.base}/api/v2/plugins",
        )
        assert ("Liên kết sổ sức khỏe" in names) == seen


def test_nobody_without_a_session_sees_anything(cases: Cases, browser: Browser) -> None:
    page = browser.new_page()
    answer = page.goto(f"{cases.base}/sangloc/review/{cases.reviews[1]}")
    assert answer is not None and answer.status == 401
    assert NAME not in page.content()
