"""The review page, asked as a browser asks: who may, what it shows, and that nothing is decided by accident."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from health_book.conftest import World
from sangloc import provinces
from sangloc.health_book import decide, reopen
from sangloc.linkage import link
from sangloc.stack.users import extra_roles, roles_of
from sangloc.web.access import resource, role


class Page:
    """Asks the mounted application as one user."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, path: str, user: str | None = "linker") -> Any:
        return self.client.get(f"/sangloc/review{path}", headers=self._as(user))

    def post(self, path: str, data: dict[str, Any], user: str = "linker", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/sangloc/review{path}", data=data, headers=self._as(user) | named, follow_redirects=False)

    def token(self, review: int, user: str = "linker") -> str:
        return self.token_of(f"/{review}", user)

    def token_of(self, path: str, user: str = "linker") -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get(path, user).text)
        assert found
        return found[1]

    @staticmethod
    def _as(user: str | None) -> dict[str, str]:
        return {"cookie": f"_token={user}"} if user else {}


@pytest.fixture
def page(mounted: Any, warehouse: Any, province: str) -> Page:
    return Page(mounted("/sangloc/review", "sangloc.web.review"))


@pytest.fixture
def world(warehouse: Any, province: str) -> World:
    return World(warehouse)


@pytest.fixture
def case(world: World) -> tuple[int, int, int]:
    """A case with two candidates: its number and theirs."""
    one = world.person(number="020088000001")
    two = world.person("HOÀNG <b>Văn</b> THÍ", number="020088000002", name_key="x", name_fold="hoang van thi")
    exam = world.exam(phone="0900000001")
    link("lang_son", "run")
    return world.case(exam), one, two


def events(world: World) -> list[tuple[str, str, str, str]]:
    return world.all("SELECT task_id, outcome, actor, run_id FROM audit.event ORDER BY seq")  # type: ignore[return-value]


def test_each_province_has_a_role_for_its_own_cases_only() -> None:
    made = {each["role"]: each["perms"] for each in extra_roles()}
    for slug in provinces.slugs():
        rights = {(action, of) for action, of in made[role(slug)] if of != "Plugins"}
        assert rights == {("can_read", resource(slug)), ("can_edit", resource(slug))}
        assert role(slug) in roles_of("linker")
    others = {of for name, perms in made.items() for _, of in perms if name in ("Officer", "Auditor")}
    assert not others & {resource(slug) for slug in provinces.slugs()}


@pytest.mark.parametrize(
    ("user", "status"),
    [(None, 401), ("nobody", 403), ("officer", 403), ("neighbour", 403), ("engineer", 403), ("linker", 200)],
)
def test_only_who_holds_the_provinces_permission_sees_anything(
    page: Page, world: World, case: tuple[int, int, int], user: str | None, status: int
) -> None:
    for path in (f"/{case[0]}", f"/books/{case[1]}", f"/books/{case[1]}?with={case[2]}"):
        answer = page.get(path, user)
        assert answer.status_code == status
        if status != 200:
            assert "Hoàng" not in answer.text and "020088" not in answer.text
    for path in (f"/{case[0]}", f"/books/{case[1]}", f"/books/{case[1]}?with={case[2]}"):
        assert page.post(path, {"answer": "merge"}, user or "").status_code in (401, 403)
    assert world.all("SELECT 1 FROM health_book.decision") == []
    if user in ("officer", "neighbour", "engineer"):
        kept = world.all("SELECT actor, run_id FROM audit.event WHERE task_id = 'view' AND outcome = 'refused'")
        assert set(kept) == {(user, f"review-{case[0]}"), (user, f"person-{case[1]}")}


def test_lists_and_searches_end_at_the_province(page: Page, world: World, case: tuple[int, int, int]) -> None:
    for user, found in (("linker", True), ("neighbour", False)):
        for path in ("/", "/?province=lang_son"):
            answer = page.get(path, user)
            assert answer.status_code == 200 and (f'/sangloc/review/{case[0]}"' in answer.text) == found
            assert ("Lạng Sơn" in answer.text) == found and ("Hải Phòng" in answer.text) != found
        for number in ("020088000001", str(case[1])):
            answer = page.post("/books", {"number": number}, user)
            assert (answer.status_code == 303) == found
            assert found or "Không tìm được ai" in answer.text
    assert page.get(f"/books/424242?with={case[1]}", "neighbour").status_code == 403
    assert page.get("/", "officer").status_code == 403
    assert page.post("/books", {"number": "020088000001"}, "officer").status_code == 403


def test_who_may_only_see_decides_nothing(page: Page, world: World, case: tuple[int, int, int]) -> None:
    token = page.token(case[0], "reader")
    assert page.post(f"/{case[0]}", {"answer": "new_person", "token": token}, "reader").status_code == 403
    assert world.all("SELECT 1 FROM health_book.decision") == []


def test_the_list_names_nobody(page: Page, case: tuple[int, int, int]) -> None:
    text = page.get("/").text
    assert f'href="/sangloc/review/{case[0]}"' in text and "Không có số định danh" in text
    assert "Hoàng" not in text and "0900000001" not in text
    assert "Không có trường hợp nào" in page.get("/?reason=name_differs").text
    # No code of ours, and nothing that the database takes.
    assert page.get("/?reason=%00").status_code == 200


def test_both_sides_stand_side_by_side(page: Page, world: World, case: tuple[int, int, int]) -> None:
    text = page.get(f"/{case[0]}").text
    assert "0900000001" in text and "020088000001" in text and "020088000002" in text
    assert "gần giống" in text and "khớp" in text
    # What a list says is text, never markup.
    assert "<b>Văn</b>" not in text and "&lt;b&gt;Văn&lt;/b&gt;" in text
    assert "<script" not in text
    assert events(world) == [("view", "shown", "linker", f"review-{case[0]}")]


def test_who_left_the_roster_is_told_by_number_only(page: Page, world: World, case: tuple[int, int, int]) -> None:
    world.db.execute("DELETE FROM roster.person WHERE person_id = %s", [case[1]])
    text = page.get(f"/{case[0]}").text
    assert f"người số {case[1]}, nay không còn trong danh sách dân cư" in text
    assert "020088000001" not in text and f'value="link-{case[1]}"' not in text


def test_answers_forbid_keeping_and_embedding(page: Page, case: tuple[int, int, int]) -> None:
    for answer in (
        page.get(f"/{case[0]}"),
        page.get(f"/books/{case[1]}?with={case[2]}"),
        page.post("/books", {"number": "020088000001"}),
        page.get("/"),
        page.get("/", None),
        page.get("/none"),
        page.get("/99999999999999999999"),
    ):
        headers = answer.headers
        assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy and "unsafe" not in policy
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert page.get(path).status_code == 404


def test_a_decision_is_carried_out_and_in_the_ledger(page: Page, world: World, case: tuple[int, int, int]) -> None:
    review, one, _ = case
    done = page.post(f"/{review}", {"answer": f"link-{one}", "token": page.token(review)}, sec_fetch_site="same-origin")
    assert (done.status_code, done.headers["location"]) == (303, f"/sangloc/review/?done={review}")
    assert list(world.entries().values()) == [one]
    assert events(world)[-1] == ("decide", "link", "linker", f"review-{review}")
    text = page.get(f"/{review}").text
    assert "Đã ghi vào sổ" in text and "bởi linker" in text and "Ghi quyết định" not in text
    assert page.post(f"/{review}", {"answer": "unlink", "token": page.token(review)}).status_code == 303
    assert world.entries() == {}
    ledger = str(world.all("SELECT facts FROM audit.event"))
    assert "Hoàng" not in ledger and "0200880" not in ledger


def test_an_answer_may_be_taken_back(page: Page, world: World, case: tuple[int, int, int]) -> None:
    for answer, state in (("not_the_same", "not_the_same"), ("reopen", "open"), ("new_person", "new_person")):
        assert page.post(f"/{case[0]}", {"answer": answer, "token": page.token(case[0])}).status_code == 303
        assert world.one("SELECT state FROM health_book.review") == state


def test_no_decision_without_the_pages_own_token(page: Page, world: World, case: tuple[int, int, int]) -> None:
    review, one, _ = case
    other = world.exam()
    link("lang_son", "run")
    good = page.token(review)
    wrong = [
        ({"answer": f"link-{one}"}, {}),
        ({"answer": f"link-{one}", "token": good[:-2] + "xx"}, {}),
        ({"answer": f"link-{one}", "token": page.token(world.case(other))}, {}),
        ({"answer": f"link-{one}", "token": page.token(review, "reader")}, {}),
        ({"answer": f"link-{one}", "token": good}, {"sec_fetch_site": "cross-site"}),
    ]
    for data, headers in wrong:
        assert page.post(f"/{review}", data, **headers).status_code == 403
    for answer in ("", "link", "link-x", "drop", f"unlink-{one}; x", "not_the_same-x", "not_the_same-0", "new_person-x"):
        assert page.post(f"/{review}", {"answer": answer, "token": good}).status_code in (400, 409)
    assert page.post(f"/{review}", {"answer": "x" * 5000, "token": good}).status_code == 413
    assert world.entries() == {} and world.all("SELECT 1 FROM health_book.decision") == []


def test_a_page_that_is_out_of_date_decides_nothing(page: Page, world: World, case: tuple[int, int, int]) -> None:
    review, one, two = case
    old = page.token(review)
    page.post(f"/{review}", {"answer": f"not_the_same-{two}", "token": page.token(review)})
    late = page.post(f"/{review}", {"answer": f"link-{one}", "token": old})
    assert late.status_code == 409 and "đã thay đổi" in late.text and world.entries() == {}
    assert page.get("/424242").status_code == 409
    assert page.get("/books/424242").status_code == 409
    assert page.get(f"/books/{one}?with={one}").status_code == 409


@pytest.mark.parametrize("looked_at", ["open", "new_person"])
def test_somebody_elses_answer_is_not_taken_back_unseen(
    page: Page, world: World, case: tuple[int, int, int], looked_at: str
) -> None:
    review = case[0]
    if looked_at == "new_person":
        decide(review, "new_person", "other")
    old = page.token(review)
    if looked_at == "new_person":
        reopen(review, "other")
    decide(review, "not_the_same", "other")
    assert page.post(f"/{review}", {"answer": "reopen", "token": old}).status_code == 409
    assert world.one("SELECT state FROM health_book.review") == "not_the_same"


def test_an_exam_that_moves_while_an_answer_waits_stays_where_it_is_now(page: Page, world: World) -> None:
    """The answer waits for a linkage that is running, and that moves the exam."""
    from sqlalchemy import text

    from sangloc.warehouse import advisory_lock, transaction

    one, two = world.person(number="020088000001"), world.person("Hoàng Thị Bích", number="020088000009")
    exam = world.exam("Hoàng Thị Bích")
    world.put(exam, one)
    path = f"/books/{one}"
    told = {"answer": "unlink", "exam": exam, "token": page.token_of(path)}
    with ThreadPoolExecutor(1) as beside:
        with transaction() as running:
            advisory_lock(running, "health_book:20")
            answer = beside.submit(page.post, path, told)
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not answer.done() and not running.execute(text(waiting)).scalar():
                time.sleep(0.05)
            opened = "INSERT INTO health_book.book (person_id, province_code, created_at) VALUES (:two, '20', now())"
            running.execute(text(opened), {"two": two})
            moved = "UPDATE health_book.entry SET book_id = (SELECT book_id FROM health_book.book WHERE person_id = :two)"
            running.execute(text(moved), {"two": two})
        assert answer.result().status_code == 409
    assert (world.entries(), world.never()) == ({exam: two}, [])


def test_an_exam_leaves_the_book_it_does_not_belong_in(page: Page, world: World) -> None:
    one = world.person(number="020088000001")
    exam, other = world.exam("Hoàng Thị Bích", "020088000009"), world.exam(number="020088000001")
    world.put(exam, one)
    world.put(other, one)
    # A citizen complains: the number that the exam says leads to the book it is in, and stands in no address.
    found = page.post("/books", {"number": "020088 000009"})
    assert (found.status_code, found.headers["location"]) == (303, f"/sangloc/review/books/{one}")
    text = page.get(f"/books/{one}").text
    assert "Hoàng Thị Bích" in text and "020088000009" in text and "2 lần khám" in text
    path, told = f"/books/{one}", {"answer": "unlink", "token": page.token_of(f"/books/{one}")}
    for wrong in ({}, {"exam": ["x"]}, {"exam": [exam, other]}, {"exam": [424242]}):
        assert page.post(path, told | wrong).status_code == 400
    assert page.post(path, {"answer": "unlink", "exam": exam}).status_code == 403
    done = page.post(path, told | {"exam": exam})
    review = world.case(exam)
    assert (done.status_code, done.headers["location"]) == (303, f"/sangloc/review/{review}")
    assert world.entries() == {other: one}
    assert world.one("SELECT end_reason, ended_by FROM health_book.entry_past") == ("unlinked", "linker")
    assert ("unlink", "open", "linker", f"review-{review}") in events(world)
    # The page is out of date now, and says so.
    assert page.post(path, told | {"exam": other}).status_code == 409
    link("lang_son", "run")
    assert world.entries() == {other: one}


def test_an_exam_moves_to_whom_it_belongs(page: Page, world: World) -> None:
    one, two = world.person(number="020088000001"), world.person("Hoàng Thị Bích", number="020088000009")
    exam = world.exam("Hoàng Thị Bích")
    world.put(exam, one)
    assert page.post("/books", {"number": str(two), "with": str(one)}).headers["location"].endswith(f"/{one}?with={two}")
    path = f"/books/{one}?with={two}"
    text = page.get(path).text
    assert "khớp" in text and "khác" in text and "chưa được lập" in text
    told = {"answer": "move", "token": page.token_of(path)}
    assert page.post(f"/books/{one}", told | {"exam": exam}).status_code == 403
    assert page.post(path, told).status_code == 400
    assert page.post(path, told | {"exam": exam}).status_code == 303
    assert world.entries() == {exam: two}
    assert ("split_person", "split", "linker", f"person-{one}") in events(world)


def test_two_people_become_one_and_two_again(page: Page, world: World) -> None:
    one, two = world.person(number="020088000001"), world.person(number="020088000002")
    exam = world.exam(number="020088000002")
    world.put(exam, two)
    path = f"/books/{one}?with={two}"
    for answer, whose in (("merge", one), ("split", two)):
        assert page.post(path, {"answer": answer, "token": page.token_of(path)}).status_code == 303
        assert world.entries() == {exam: whose}
        known = page.get(f"/books/{two}").text
        assert ("là cùng một người với" in known) == (answer == "merge")
        # What does not fit the situation is not offered, and not done.
        assert page.post(path, {"answer": "move", "exam": exam, "token": page.token_of(path)}).status_code == 400
    assert [event[:2] for event in events(world) if event[0] != "view"] == [
        ("merge_people", "merged"),
        ("split_person", "split"),
    ]
    assert world.all("SELECT 1 FROM audit.event WHERE facts::text LIKE %s", "%0200880%") == []


def test_a_warehouse_that_is_away_is_told_without_details(
    page: Page, case: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sangloc.warehouse import database

    monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_LOADER", "postgres://nobody:secret@127.0.0.1:1/none")
    database._engine.cache_clear()
    answer = page.get("/")
    assert answer.status_code == 503 and "secret" not in answer.text and "Kho dữ liệu đang bận" in answer.text
