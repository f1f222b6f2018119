from __future__ import annotations

import hashlib
import io
import re
from decimal import Decimal
from typing import Any

import docx
import psycopg
import pymupdf
import pypdf
import pytest
from docx.shared import Mm

from sangloc import clock, provinces, reporting, settings
from sangloc.reporting import content, pdf, word
from sangloc.reporting.figures import Figure, Published
from sangloc.reporting.submissions import Submission
from sangloc.warehouse import transaction

ALL = [(slug, obligation.id) for slug in provinces.slugs() for obligation in provinces.load(slug).obligations]
MM = 72 / 25.4


def submission(slug: str, obligation_id: str, version: int = 1) -> Submission:
    from sangloc import deadlines

    profile = provinces.load(slug)
    obligation = profile.obligation(obligation_id)
    ad_hoc = obligation.cadence == "ad_hoc"
    period = deadlines.ad_hoc_period(clock.now()) if ad_hoc else deadlines.first_period(obligation)
    assert period is not None
    due = deadlines.due(obligation, period)
    facts = {"kind": "misinformation", "area": [profile.code], "summary": "# Tin giả @@0@@ về {{ phí }} khám <b> & *x*"}
    return Submission(
        1, slug, profile.code, obligation_id, period.key, period.starts, period.ends, due.legal_at, due.aim_on,
        "collecting", False, False, version, facts if ad_hoc else None, None, None, None, None, "run", clock.now(),
    )  # fmt: skip


def figures(slug: str, count: int) -> Published:
    """Every indicator and breakdown with the same count; none at all when `count` is negative."""
    known = reporting.indicators()
    if count < 0:
        return Published([], known)
    names = content.labels()
    keys: dict[str, list[str]] = {
        "commune": [unit.code for unit in provinces.communes(slug)],
        "priority": [group.id for group in provinces.load(slug).priority_groups],
        "state": ["linked", "in_review", "not_on_roster", "waiting", "past", "to_come"],
        "kind": ["fixed", "mobile"],
        "residence": ["resident", "short_stay"],
    } | {name: list(names[name]) for name in ("source", "payer", "sex", "age", "group", "class", "reason", "unplanned")}
    made = [
        Figure(name, breakdown, key, Decimal(count), Decimal(count * 3))
        for name in known
        for breakdown, found in [("total", [""]), *keys.items()]
        for key in found
    ]
    return Published(made, known)


def build(slug: str, obligation: str, count: int, version: int = 1) -> dict[str, Any]:
    seal = content.Seal(7, clock.now(), "f" * 64, "a" * 64)
    units = [content.Commune(unit.code, unit.name) for unit in provinces.communes(slug)]
    return content.build(submission(slug, obligation, version), figures(slug, count), units, seal)


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")


def words_of(document: dict[str, Any]) -> str:
    blocks = [*document["blocks"], *(block for appendix in document["appendices"] for block in appendix["blocks"])]
    parts = [block.get("text", "") for block in blocks]
    parts += [block.get("caption", "") for block in blocks]
    parts += [cell for block in blocks if block["type"] == "table" for row in block["rows"] for cell in row]
    return "\n".join([document["title"], document["subject"], document["version"], *parts])


@pytest.mark.parametrize("count", [-1, 0, 1, 4, 12_345_678])
@pytest.mark.parametrize(("slug", "obligation"), ALL)
def test_every_obligation_reads_right(slug: str, obligation: str, count: int) -> None:
    document = build(slug, obligation, count)
    text = words_of(document)
    typed = text.replace("@@0@@", "x").replace("{{ phí }}", "x")
    for sign in ("{{", "{%", "None", "@@", "nan", "  ", "inf"):
        assert sign not in typed, sign
    assert not re.search(r"^Mã \S+$", typed, re.MULTILINE), "a code without a label"
    headings = [block["text"] for block in document["blocks"] if block["type"] == "heading"]
    assert headings and headings[0].startswith("I. ") and headings[1].startswith("II. ")
    if count in (1, 4):
        # The size of the roster says nothing of anybody's health and is not suppressed.
        about_people = "\n".join(line for line in text.splitlines() if "danh sách quản lý trên địa bàn" not in line)
        assert not re.search(rf"(?<![\d.]){count} (người|đã)", about_people)
        if provinces.load(slug).obligation(obligation).contents:
            assert "dưới 5 người" in text
    if count == 12_345_678:
        assert "12.345.678 người" in text
        assert "33,3%" in text


@pytest.mark.parametrize(("slug", "obligation"), ALL)
def test_pdf_page_by_page(slug: str, obligation: str) -> None:
    document = build(slug, obligation, 12_345_678)
    raw = pdf.draw(document, clock.now())
    assert raw == pdf.draw(document, clock.now())
    reader = pypdf.PdfReader(io.BytesIO(raw))
    opened = pymupdf.open(stream=raw)
    fonts = {(font[3], font[4]) for page in opened for font in page.get_fonts()}
    assert fonts and all("LiberationSerif" in name and "+" in name for name, _ in fonts)
    for number, page in enumerate(opened, start=1):
        assert (round(page.rect.width), round(page.rect.height)) == (595, 842)
        found = [word for word in page.get_text("words") if word[1] > 19 * MM and word[3] < 278 * MM]
        assert min(word[0] for word in found) >= 30 * MM - 1
        assert max(word[2] for word in found) <= (210 - 18) * MM + 1
        top = [word[4] for word in page.get_text("words") if word[3] < 19 * MM]
        assert top == ([] if number == 1 else [str(number)])
    first = reader.pages[0].extract_text()
    department = provinces.load(slug).health_department
    for part in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "BÁO CÁO", "Kính gửi", "/BC-SYT"):
        assert part in first
    assert department.place in first
    whole = "\n".join(page.extract_text() for page in reader.pages)
    for part in ("Nơi nhận:", "Như trên;", "Lưu: VT", department.signer_title.upper(), "ffffffffffff", "aaaaaaaaaaaa"):
        assert part in whole


def test_long_tables_repeat_their_header() -> None:
    opened = pymupdf.open(stream=pdf.draw(build("hai_phong", "quarterly_ubnd", 50), clock.now()))
    texts = [page.get_text() for page in opened]
    from_appendix = next(number for number, text in enumerate(texts) if "Phụ lục\n" in text)
    pages = [text for text in texts[from_appendix:] if "Biểu đồ" not in text]
    assert len(pages) >= 3
    assert all("STT" in text for text in pages)
    assert any("Biểu đồ 1." in text for text in texts)


@pytest.mark.parametrize(("slug", "obligation"), ALL)
def test_docx_opens_with_the_same_contents(slug: str, obligation: str) -> None:
    document = build(slug, obligation, 777)
    raw = word.write(document, clock.now())
    assert raw == word.write(document, clock.now())
    opened = docx.Document(io.BytesIO(raw))
    section = opened.sections[0]
    assert abs(section.page_width - Mm(210)) < Mm(1) and abs(section.left_margin - Mm(30)) < Mm(1)
    assert opened.styles["Normal"].font.name == "Times New Roman"
    paragraphs = [paragraph.text for paragraph in opened.paragraphs]
    for block in document["blocks"]:
        if block["type"] in ("heading", "paragraph"):
            assert block["text"] in paragraphs
    wanted = [block for block in document["blocks"] if block["type"] == "table"]
    wanted += [block for appendix in document["appendices"] for block in appendix["blocks"] if block["type"] == "table"]
    tables = [table for table in opened.tables if table.style.name == "Table Grid"]
    assert len(tables) == len(wanted)
    for table, block in zip(tables, wanted, strict=True):
        assert len(table.rows) == len(block["rows"]) + 1
        assert [cell.text for cell in table.rows[-1].cells] == block["rows"][-1]
        assert table.rows[0]._tr.trPr.find("{*}tblHeader") is not None
    assert "Nơi nhận:" in opened.tables[len(opened.tables) - 1 - (1 if document["appendices"] else 0)].rows[0].cells[0].text


def test_what_a_person_typed_stays_text() -> None:
    document = build("lang_son", "incident", 50)
    texts = [block["text"] for block in document["blocks"] if block["type"] == "item"]
    assert "Nội dung: # Tin giả @@0@@ về {{ phí }} khám <b> & *x*" in texts
    assert "# Tin giả @@0@@ về {{ phí }} khám <b> & *x*" in "".join(
        page.get_text() for page in pymupdf.open(stream=pdf.draw(document, clock.now()))
    ).replace("\n", " ")


def test_second_version_says_so() -> None:
    assert build("lang_son", "monthly_byt", 9)["version"] == ""
    assert "Bản số 2" in build("lang_son", "monthly_byt", 9, version=2)["version"]


def test_render_keeps_bytes_hashes_and_files(rows: Any, warehouse: psycopg.Connection) -> None:
    for _ in range(6):
        rows.exam(rows.person(rows.communes[0]), "2026-10-05")
    number = reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.take_snapshot(number)
    result = reporting.render(number)
    folder = settings.outputs() / "lang_son" / "monthly_byt" / "2026-10"
    stored = warehouse.execute("SELECT kind, file_name, sha256, content FROM reporting.document").fetchall()
    assert {row[0] for row in stored} == {"docx", "pdf"}
    for kind, name, sha256, raw in stored:
        assert hashlib.sha256(raw).hexdigest() == sha256 == result["documents"][kind]
        assert (folder / name).read_bytes() == raw
        (folder / name).unlink()
    assert reporting.render(number) == result
    assert sorted(path.name for path in folder.iterdir()) == sorted(row[1] for row in stored)
    assert warehouse.execute("SELECT state FROM reporting.submission").fetchone() == ("compiled",)
    raw = next(row[3] for row in stored if row[0] == "pdf")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(raw)).pages)
    assert "6 người" in text
    head = warehouse.execute("SELECT figures_hash FROM reporting.snapshot").fetchone()
    assert head is not None and head[0][:12] in text


@pytest.mark.parametrize("slug", provinces.slugs())
def test_every_obligation_from_an_empty_warehouse(warehouse: psycopg.Connection, slug: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2027-01-20T08:00:00+07:00")
    with transaction() as conn:
        provinces.register(conn, slug)
    for obligation in provinces.load(slug).obligations:
        facts = {"kind": "data", "area": provinces.load(slug).code, "summary": "Lộ dữ liệu."}
        ad_hoc = facts if obligation.cadence == "ad_hoc" else None
        number = reporting.open_submission(slug, obligation.id, "run", incident=ad_hoc)
        reporting.take_snapshot(number)
        assert set(reporting.render(number)["documents"]) == {"docx", "pdf"}
    states = {row["obligation"]: row["state"] for row in reporting.status(slug)}
    assert states == {obligation.id: "compiled" for obligation in provinces.load(slug).obligations}


def test_small_cells_leave_neither_table_chart_nor_sentence() -> None:
    """Three people were examined in one commune, eight in the next, none in a third, fifty in each other one."""
    known = reporting.indicators()
    units = provinces.communes("lang_son")
    examined = {unit.code: 50 for unit in units} | {units[0].code: 3, units[1].code: 8, units[2].code: 0}
    made = [Figure("examined_share", "total", "", Decimal(sum(examined.values())), Decimal(100 * len(units)))]
    made += [Figure("examined_share", "commune", code, Decimal(n), Decimal(100)) for code, n in examined.items()]
    seal = content.Seal(7, clock.now(), "f" * 64, None)
    names = [content.Commune(unit.code, unit.name) for unit in units]
    document = content.build(submission("lang_son", "annual_dang_uy"), Published(made, known), names, seal)
    table, chart = document["appendices"][0]["blocks"]
    shown = {row[1]: (row[4], row[5]) for row in table["rows"]}
    assert shown[units[0].name] == shown[units[1].name] == ("*", "*")
    assert shown[units[2].name] == ("0", "0%")
    assert shown[units[3].name] == ("50", "50,0%")
    assert shown["Tổng số"][0] == "3.111"
    bars = {bar["label"]: (bar["value"], bar["text"]) for bar in chart["bars"]}
    assert bars[units[0].name] == bars[units[1].name] == (0.0, "*")
    assert bars[units[3].name] == (50.0, "50,0")
    assert "không công bố" in table["note"] and "không công bố" in chart["note"]
    assert units[0].name not in next(b["text"] for b in document["blocks"] if "tỷ lệ thấp nhất" in b.get("text", ""))
