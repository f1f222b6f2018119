"""The pages of what is owed, asked as a browser asks: what they show, to whom, and that a figure leads to its rows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reporting.conftest import Rows
from sangloc import audit, clock, reporting, settings
from sangloc.reporting.behind import figure_code, of_code
from sangloc.web.reports import PAGES

DUTY = "monthly_byt"


class Page:
    """Asks the mounted application as one user."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, path: str, user: str | None = "linker") -> Any:
        headers = {"cookie": f"_token={user}"} if user else {}
        return self.client.get(f"/sangloc/reports{path}", headers=headers, follow_redirects=False)


@pytest.fixture
def page(mounted: Any, warehouse: Any, province: str) -> Page:
    return Page(mounted("/sangloc/reports", "sangloc.web.reports"))


@pytest.fixture
def rows(warehouse: Any, province: str) -> Rows:
    return Rows(warehouse)


@pytest.fixture
def report(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> int:
    """A compiled report: fourteen people in each of three communes, six of them examined; in another one person."""
    monkeypatch.setenv(clock.VARIABLE, "2026-12-02T08:00:00+07:00")
    rows.person(rows.communes[1])
    for commune in (rows.communes[0], *rows.communes[2:4]):
        for person in [rows.person(commune) for _ in range(14)][:6]:
            rows.exam(person, "2026-11-05")
    reporting.expect("lang_son")
    submission = reporting.open_submission("lang_son", DUTY, "run")
    reporting.take_snapshot(submission)
    reporting.render(submission)
    return submission


def test_the_year_is_a_calendar_of_due_days(page: Page, report: int, warehouse: Any) -> None:
    text = page.get("/?province=lang_son&of=2026").text
    found = dict(re.findall(r'<a href="#due-([-\d]+)" title="([^"]+)"', text))
    # Before it joined the province owed nothing in time; on 4 December two reports are due.
    assert "Trước khi tham gia" in found["2026-11-04"] and "Chưa đến hạn" in found["2026-12-04"]
    assert found["2026-12-04"].count(": ") > 1
    assert all(f'id="due-{day}"' in text for day in found)
    # Of several reports that are due on a day the one that is still to be sent gives the colour.
    warehouse.execute(
        "UPDATE reporting.submission SET delivered_at = state_since, state = 'delivered' WHERE submission_id = %s", [report]
    )
    assert '<td class="open"><a href="#due-2026-12-04"' in page.get("/?province=lang_son&of=2026").text
    assert re.search(r'<td class="off">1<', text) and re.search(r'class="[^"]*today">2<', text)
    assert f'href="/sangloc/reports/{report}"' in text and "Đã có dự thảo (bản 1)" in text
    assert f'href="/sangloc/reports/{report}"' in page.get("/?province=nowhere&of=9").text
    assert "Chưa có kỳ báo cáo nào" in page.get("/?province=lang_son&of=2050").text


def test_a_report_shows_its_way_documents_and_published_figures(page: Page, report: int, warehouse: Any) -> None:
    text = page.get(f"/{report}").text
    for said in ("Đã có dự thảo", "Đang tổng hợp", "Word (DOCX)", "Tỷ lệ người dân được khám", "<polygon", "41,9%"):
        assert said in text, said
    numbers = re.findall(r'href="(/sangloc/reports/\d+/documents/(\d+))"', text)
    assert len(numbers) == 3
    for path, number in numbers:
        answer = page.get(path.removeprefix("/sangloc/reports"))
        kept = warehouse.execute(
            "SELECT content, file_name FROM reporting.document WHERE document_id = %s", [number]
        ).fetchone()
        assert answer.content == kept[0] and kept[1] in answer.headers["content-disposition"]
    assert page.get(f"/{report}/documents/999").status_code == 409
    assert page.get("/999").status_code == 409
    assert page.get("/99999999999999999999").status_code == 404


def test_small_cells_stay_hidden_on_the_pages(page: Page, report: int, rows: Rows) -> None:
    text = page.get(f"/{report}/figures/examined_share").text
    line = re.search(rf"<code>examined_share.commune.{rows.communes[1]}</code>", text)
    assert line
    row = text[: line.start()].rpartition("<tr>")[2]
    assert ">*</a></td>" in row and "6" not in re.sub(r'"[^"]*"', "", row)


def test_a_figure_leads_to_the_rows_behind_it_and_the_ledger_knows(page: Page, report: int, rows: Rows) -> None:
    table = page.get(f"/{report}/figures/examined_share").text
    where = re.search(rf'href="/sangloc/reports(/{report}/rows\?figure=[^"]+commune.{rows.communes[0]})"', table)
    assert where
    found = page.get(where[1]).text
    assert "6 dòng" in found and "<td>05/11/2026</td>" in found and "<td>Khám sàng lọc miễn phí</td>" in found
    assert len(re.findall(r'href="/sangloc/review/books/\d+"', found)) == 6
    # The code as the annex has it, typed into the report's page.
    code = figure_code("examined_share", "commune", rows.communes[0])
    answer = page.get(f"/{report}?figure=%20{code}%20")
    assert answer.status_code == 303
    assert "6 dòng" in page.get(answer.headers["location"].removeprefix("/sangloc/reports")).text
    kept = rows.connection.execute("SELECT actor, outcome, facts FROM audit.event WHERE task_id = 'figure_rows'").fetchall()
    assert {(actor, outcome, facts["rows"]) for actor, outcome, facts in kept} == {("linker", "shown", 6)}
    assert [facts["figure"] for _, _, facts in kept] == [code] * 2
    for wrong in ("nothing", "examined_share.nothing.1", "examined_share.commune.a%00b", f"examined_share.commune.{'x' * 256}"):
        assert page.get(f"/{report}/rows?figure={wrong}").status_code == 409


def test_a_facility_may_call_itself_what_it_likes(page: Page, rows: Rows, warehouse: Any) -> None:
    code = "TYT 01/BV <b>"
    for _ in range(6):
        rows.exam(rows.person(rows.communes[0]), "2026-10-05", hours=30)
    warehouse.execute("UPDATE exam.encounter SET facility_code = %s", [code])
    submission = reporting.open_submission("lang_son", DUTY, "run")
    reporting.take_snapshot(submission)
    table = page.get(f"/{submission}/figures/timeliness_facility").text
    assert "TYT 01/BV &lt;b&gt;" in table and "<b>" not in table
    where = re.search(r'href="/sangloc/reports(/\d+/rows\?figure=timeliness_facility.facility[^"]+)"', table)
    assert where and "6 dòng" in page.get(where[1]).text


def test_who_sees_the_reports_does_not_see_the_people(page: Page, report: int, rows: Rows) -> None:
    path = f"/{report}/rows?figure=examined_share"
    for user in ("officer", "engineer"):
        assert page.get(f"/{report}", user).status_code == 200
        text = page.get(f"/{report}/figures/examined_share", user).text
        assert "rows?figure" not in text and "41,9%" in text
        assert page.get(path, user).status_code == 403
    kept = rows.connection.execute(
        "SELECT actor, outcome FROM audit.event WHERE task_id = 'figure_rows' ORDER BY seq"
    ).fetchall()
    assert kept == [("officer", "refused"), ("engineer", "refused")]
    assert audit.verify() == []


def test_a_neighbours_reports_are_not_ones_own(page: Page, report: int, warehouse: Any) -> None:
    number = warehouse.execute("SELECT max(document_id) FROM reporting.document").fetchone()[0]
    for path in (
        f"/{report}",
        f"/{report}/figures/examined_share",
        f"/{report}/documents/{number}",
        f"/{report}/rows?figure=linkage",
        f"/{report}/rows?figure=nothing",
        f"/{report}/figures/nothing",
    ):
        assert page.get(path, "neighbour").status_code == 403
        assert page.get(path, None).status_code == 401
    assert "Lạng Sơn" not in page.get("/?province=lang_son", "neighbour").text
    assert page.get("/", "reader").status_code == 403


def test_a_report_before_its_snapshot(page: Page, report: int, warehouse: Any) -> None:
    number = warehouse.execute("SELECT min(submission_id) FROM reporting.submission WHERE state = 'expected'").fetchone()[0]
    assert "Chưa lập" in page.get(f"/{number}").text
    assert page.get(f"/{number}/figures/examined_share").status_code == 409


def test_codes_name_figures() -> None:
    for figure in (("examined_share", "total", ""), ("examined_commune_age", "commune_age", "05983/60_plus")):
        assert of_code(figure_code(*figure)) == figure


def test_everything_on_the_pages_is_called_something() -> None:
    known = PAGES.words
    named = {
        name
        for one in reporting.indicators().values()
        for name in re.findall(r"(?:^|, )(\w+)", re.sub(r"\([^)]*\)", "", one.breakdowns))
    }
    assert named - {"total"} == set(known["breakdowns"])
    columns: set[str] = set()
    for statement in (settings.include() / "sql" / "reporting" / "rows").glob("*.sql"):
        chosen = statement.read_text(encoding="utf-8").partition("\nSELECT\n")[2].partition("\nFROM ")[0]
        columns |= {line.rstrip(",").split()[-1].rpartition(".")[2] for line in chosen.splitlines()}
    assert columns == set(known["columns"])
