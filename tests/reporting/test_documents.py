from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import io
import itertools
import re
import unicodedata
import zipfile
from decimal import Decimal
from typing import Any

import docx
import psycopg
import pymupdf
import pypdf
import pytest
from docx.shared import Mm
from python_calamine import CalamineWorkbook

from sangloc import clock, provinces, reporting, settings
from sangloc.clock import VIETNAM
from sangloc.reporting import annex, content, documents, pdf, word
from sangloc.reporting.behind import of_code
from sangloc.reporting.below import Below, Standing, Unit
from sangloc.reporting.figures import Figure, Indicator, Published
from sangloc.reporting.submissions import Submission, load
from sangloc.reporting.wording import Before, Beside, Commune, Replaced, labels
from sangloc.warehouse import transaction

FACILITIES = {f"20{place:03d}": f"Trung tâm Y tế khu vực {place}" for place in range(1, 14)}
ALL = [(slug, obligation.id) for slug in provinces.slugs() for obligation in provinces.load(slug).obligations]
MM = 72 / 25.4
DUE = dt.datetime(2026, 11, 19, 23, 59, 59, tzinfo=VIETNAM)


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


def keys_of(slug: str) -> dict[str, list[str]]:
    """Keys of every breakdown: all that have a label."""
    made = {name: list(found) for name, found in labels().items()}
    return made | {
        "total": [""],
        "commune": [unit.code for unit in provinces.communes(slug)],
        "priority": [group.id for group in provinces.load(slug).priority_groups],
        "target": [target.id for target in provinces.load(slug).targets],
        "facility": list(FACILITIES),
        "input": [owed.id for each in provinces.load(slug).obligations for owed in each.inputs],
        "unit_kind": ["commune", "facility", "department"],
        "week": ["2026-W39", "2026-W40", "2026-W41"],
        "state": ["linked", "in_review", "not_on_roster", "waiting", "past", "to_come", "passed", "failed"],
    }


def breakdowns(indicator: Indicator) -> list[str]:
    """Their names, without what the header says of their keys."""
    return re.findall(r"[a-z_]+", re.sub(r"\([^)]*\)", "", indicator.breakdowns))


@functools.cache
def figures(slug: str, count: int) -> Published:
    """Every indicator and breakdown with the same count; none at all when `count` is negative."""
    known = reporting.indicators()
    arrivals = [None, *[DUE] * 60, *[DUE + dt.timedelta(minutes=1)] * 4]
    units = [Unit(unit.name, DUE, arrival) for unit, arrival in zip(provinces.communes("lang_son"), arrivals, strict=True)]
    below = Below([Standing("communes", units)], {"difficulties": [("Công an tỉnh", "=Thiếu nhân lực {{ x }}")]})
    if count < 0:
        return Published([], known, below)
    keys = keys_of(slug)
    made = []
    for name, indicator in known.items():
        for breakdown in breakdowns(indicator):
            parts = [breakdown] if breakdown in keys else breakdown.split("_", 1)
            for found in itertools.product(*(keys[part] for part in parts)):
                made.append(Figure(name, breakdown, "/".join(found), Decimal(count), Decimal(count * 3)))
    return Published(made, known, below)


SEAL = content.Seal(7, dt.datetime(2026, 11, 21, 8, tzinfo=VIETNAM), "f" * 64, "a" * 64)


def communes(slug: str) -> list[Commune]:
    return [Commune(unit.code, unit.name) for unit in provinces.communes(slug)]


def build(slug: str, obligation: str, count: int, version: int = 1, before: int | None = None) -> dict[str, Any]:
    """A document of `figures`; `before` is the count of the report it is compared with."""
    about = submission(slug, obligation, version)
    earlier = None if before is None else Before(figures(slug, before), 6, about.period_from - dt.timedelta(days=1))
    return content.build(about, figures(slug, count), communes(slug), SEAL, Beside(FACILITIES, earlier))


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")


def blocks_of(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    every = [*document["blocks"], *(block for appendix in document["appendices"] for block in appendix["blocks"])]
    return [block for block in every if block["type"] == kind]


def words_of(document: dict[str, Any]) -> str:
    blocks = [*document["blocks"], *(block for appendix in document["appendices"] for block in appendix["blocks"])]
    parts = [block.get("text", "") for block in blocks]
    parts += [block.get("caption", "") for block in blocks]
    parts += [cell for block in blocks if block["type"] == "table" for row in block["rows"] for cell in row]
    return "\n".join([document["title"], document["subject"], document["version"], *parts])


def cells_of(raw: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


LEFTOVERS = ("{{", "{%", "None", "@@", "nan", "inf", "Decimal", "…………")


def leftovers(text: str) -> list[str]:
    typed = text.replace("@@0@@", "").replace("{{ phí }}", "").replace("{{ x }}", "")
    return [sign for sign in LEFTOVERS if sign in typed]


@pytest.mark.parametrize("count", [-1, 0, 1, 4, 12_345_678])
@pytest.mark.parametrize(("slug", "obligation"), ALL)
def test_every_obligation_reads_right(slug: str, obligation: str, count: int) -> None:
    document = build(slug, obligation, count)
    text = words_of(document)
    assert leftovers(text) == []
    assert "  " not in text
    assert not re.search("một số (hồ sơ|người|ít|lượt|buổi|dòng)", text), "an amount for what may be nobody"
    assert not re.search(r"^Mã \S+$", text, re.MULTILINE), "a code without a label"
    headings = [block["text"] for block in document["blocks"] if block["type"] == "heading"]
    assert headings and headings[0].startswith("I. ") and headings[1].startswith("II. ")
    empty = [one["text"] for one, after in itertools.pairwise(document["blocks"]) if one["type"] == after["type"] == "heading"]
    assert empty == [], "a section that says nothing"
    if count in (1, 4):
        # The size of the roster says nothing of anybody's health and is not suppressed.
        about_people = "\n".join(line for line in text.splitlines() if "danh sách quản lý trên địa bàn" not in line)
        assert not re.search(rf"(?<![\d.]){count} (người|đã)", about_people)
        if provinces.load(slug).obligation(obligation).contents:
            assert "dưới 5 người" in text
    if count == 12_345_678:
        assert "12.345.678 người" in text
        assert "33,3%" in text


@pytest.mark.parametrize("count", [0, 1, 12_345_678])
@pytest.mark.parametrize(("slug", "obligation"), ALL)
def test_every_obligation_in_every_format(slug: str, obligation: str, count: int) -> None:
    document = build(slug, obligation, count, before=count // 2)
    printed, typed = pdf.draw(document, clock.now()), word.write(document, clock.now())
    check_pdf(slug, printed)
    check_docx(document, typed)
    counted = annex.write(document, clock.now()) if document["annex"] else b""
    assert bool(counted) == (obligation != "incident")
    codes = reporting.indicators().keys()
    for sheet in cells_of(counted).values() if counted else ():
        texts = [str(cell) for row in sheet for cell in row]
        assert leftovers("\n".join(text for text in texts if text.partition(".")[0] not in codes)) == []
    # Where there are numbers, none of them is missing: only targets that nothing measures have none.
    if count > 1:
        unmeasured = [target.name_vi for target in provinces.load(slug).targets if not target.indicator]
        rows = [row for block in blocks_of(document, "table") for row in block["rows"] if row[1] not in unmeasured]
        assert [row for row in rows if "–" in row[3:]] == []
        figures.cache_clear()
        again = build(slug, obligation, count, before=count // 2)
        assert pdf.draw(again, clock.now()) == printed and word.write(again, clock.now()) == typed
        assert not counted or annex.write(again, clock.now()) == counted


def check_pdf(slug: str, raw: bytes) -> None:
    opened = pymupdf.open(stream=raw)
    texts = [" ".join(page.get_text().split()) for page in opened]
    fonts = {(font[3], font[4]) for page in opened for font in page.get_fonts()}
    assert fonts and all("LiberationSerif" in name and "+" in name for name, _ in fonts)
    expected = 0
    for page in opened:
        assert (round(page.rect.width), round(page.rect.height)) == (595, 842)
        spots = page.get_text("words")
        found = [word for word in spots if word[1] > 19 * MM and word[3] < 278 * MM]
        assert min(word[0] for word in found) >= 30 * MM - 1
        assert max(word[2] for word in found) <= (210 - 18) * MM + 1
        # Each appendix numbers its own pages; the first page of the document and of an appendix bears no number.
        starts = found[0][4] == "Phụ" and found[1][4] == "lục"
        expected = 1 if starts else expected + 1
        top = [word[4] for word in spots if word[3] < 19 * MM]
        assert top == ([] if expected == 1 else [str(expected)])
    department = provinces.load(slug).health_department
    for part in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "BÁO CÁO", "Kính gửi", "/BC-SYT"):
        assert part in texts[0]
    assert department.place in texts[0]
    whole = " ".join(texts)
    for part in ("Nơi nhận:", "Như trên;", "Lưu: VT", department.signer_title.upper(), "ffffffffffff", "aaaaaaaaaaaa"):
        assert part in whole
    assert leftovers(whole) == []


def check_docx(document: dict[str, Any], raw: bytes) -> None:
    opened = docx.Document(io.BytesIO(raw))
    section = opened.sections[0]
    assert abs(section.page_width - Mm(210)) < Mm(1) and abs(section.left_margin - Mm(30)) < Mm(1)
    assert opened.styles["Normal"].font.name == "Times New Roman"
    paragraphs = [paragraph.text for paragraph in opened.paragraphs]
    for block in document["blocks"]:
        if block["type"] in ("heading", "paragraph"):
            assert block["text"] in paragraphs
    wanted = blocks_of(document, "table")
    tables = [table for table in opened.tables if table.style.name == "Table Grid"]
    assert len(tables) == len(wanted)
    for table, block in zip(tables, wanted, strict=True):
        grid = table._tbl.tr_lst
        assert len(grid) == len(block["rows"]) + 1
        assert [cell.text for cell in table.rows[-1].cells] == block["rows"][-1]
        assert grid[0].trPr.find("{*}tblHeader") is not None
        # Neither the first nor the last rows stand alone on a page.
        kept = [row.tc_lst[0].p_lst[0].pPr.find("{*}keepNext").val for row in grid]
        assert all(kept[: min(3, len(kept) - 1)]) and all(kept[-3:-1]) and kept[-1] == bool(block["note"])
        assert all(kept[:-1]) == (len(block["rows"]) <= 12)
    drawn = blocks_of(document, "chart")
    assert len(opened.inline_shapes) == len(drawn)
    assert [shape._inline.docPr.get("descr")[:8] for shape in opened.inline_shapes] == [b["caption"][:8] for b in drawn]
    assert len(opened.sections) == 1 + len(document["appendices"])
    assert "Nơi nhận:" in "".join(cell.text for table in opened.tables for cell in table.rows[0].cells)


@pytest.mark.parametrize("filled", range(24, 30))
def test_no_row_of_a_long_table_stands_alone(filled: int) -> None:
    """A table that begins near the foot of a page, and ends near the head of one."""
    document = build("lang_son", "incident", 9)
    columns = [{"title": title, "align": "left", "width": 1} for title in ("STT", "Tên")]
    for rows in (13, 40, 41, 42):
        table = {"type": "table", "caption": "Bảng", "columns": columns, "total": False, "note": "Ghi chú cuối"}
        table["rows"] = [[str(place), f"dòng-{place}"] for place in range(rows)]
        document["blocks"] = [{"type": "paragraph", "text": "Một dòng."}] * (filled - 14) + [table]
        pages = [page.get_text() for page in pymupdf.open(stream=pdf.draw(document, clock.now()))]
        counts = [len(re.findall(r"dòng-\d+", text)) for text in pages]
        assert sum(counts) == rows and all(found == 0 or found >= 3 for found in counts), counts
        assert all("STT" in text for text, found in zip(pages, counts, strict=True) if found)
        assert next(found for text, found in zip(pages, counts, strict=True) if "Ghi chú cuối" in text) >= 3


@pytest.mark.parametrize(
    ("linked", "records", "said"),
    [
        (60, 63, "Trong 63 hồ sơ của các lượt khám từ đầu năm đến hết kỳ, gần như toàn bộ hồ sơ đã ghi"),
        (40, 63, "40 hồ sơ (63,5%) đã ghi vào Sổ sức khỏe điện tử; 23 hồ sơ chờ người có thẩm quyền đối chiếu."),
        (40, 40, "Số hồ sơ khám nhận được từ đầu năm và số hồ sơ đã ghi vào Sổ sức khỏe điện tử không công bố"),
    ],
)
def test_nothing_is_said_of_how_many_a_withheld_count_is(linked: int, records: int, said: str) -> None:
    """Of the states of records that nobody is in none reads as some."""
    states = {"linked": linked, "in_review": records - linked, "not_on_roster": 0, "waiting": 0}
    made = [Figure("linkage", "total", "", Decimal(linked), Decimal(records))]
    made += [Figure("linkage", "state", key, Decimal(count), Decimal(records)) for key, count in states.items()]
    if linked == records:
        # Few are between the records of the period and of the year.
        made.append(Figure("timeliness", "total", "", Decimal(30), Decimal(37)))
    about = submission("lang_son", "monthly_byt")
    document = content.build(about, Published(made, reporting.indicators()), communes("lang_son"), SEAL)
    text = words_of(document)
    assert said in text
    assert "chờ xử lý" not in text and "chưa có trong danh sách quản lý;" not in text and "một số" not in text


def test_long_tables_repeat_their_header() -> None:
    opened = pymupdf.open(stream=pdf.draw(build("hai_phong", "quarterly_ubnd", 50), clock.now()))
    texts = [page.get_text() for page in opened]
    from_appendix = next(number for number, text in enumerate(texts) if "Phụ lục I\n" in text)
    pages = [text for text in texts[from_appendix:] if "Hình" not in text]
    assert len(pages) >= 3
    assert all("STT" in text for text in pages)


def test_what_a_person_typed_stays_text() -> None:
    document = build("lang_son", "incident", 50)
    texts = [block["text"] for block in document["blocks"] if block["type"] == "item"]
    assert "Nội dung: # Tin giả @@0@@ về {{ phí }} khám <b> & *x*" in texts
    assert "# Tin giả @@0@@ về {{ phí }} khám <b> & *x*" in "".join(
        page.get_text() for page in pymupdf.open(stream=pdf.draw(document, clock.now()))
    ).replace("\n", " ")


def test_an_incident_report_says_what_was_done_and_what_nobody_wrote() -> None:
    about = submission("lang_son", "incident")
    typed = {"assessment": "", "measures": "# Đã đăng tin {{ cải chính }}", "proposals": "- Đề nghị phối hợp @@0@@"}
    about = dataclasses.replace(about, incident={"kind": "safety", "area": ["20"], "summary": "Tóm tắt vụ việc"} | typed)
    text = words_of(content.build(about, figures("lang_son", 9), communes("lang_son"), SEAL, Beside(FACILITIES)))
    assert "Các biện pháp: # Đã đăng tin {{ cải chính }}\n" in text
    assert "Nội dung kiến nghị, đề xuất: - Đề nghị phối hợp @@0@@" in text
    assert "Đến thời điểm báo cáo chưa có đánh giá ban đầu." in text
    empty = words_of(build("lang_son", "incident", 9))
    assert "chưa có thông tin về biện pháp đã thực hiện." in empty and "chưa có kiến nghị, đề xuất." in empty


def test_the_days_of_a_shifted_period_stand_in_the_opening_sentence() -> None:
    document = build("lang_son", "annual_dang_uy", 9)
    first, *further = [block["text"] for block in document["blocks"] if block["type"] == "paragraph"]
    days = "(từ 15/11/2025 đến 14/11/2026)"
    assert days in first and not any(days in text for text in [document["subject"], *further])


def test_a_sign_that_no_font_has_keeps_no_report_from_being_written() -> None:
    about = submission("lang_son", "incident")
    typed = unicodedata.normalize("NFD", "Tin giả 😀\ufe0f về 中文,\x01 phí\ufffe khám 𝟓\u2011𝟔")
    about = dataclasses.replace(about, incident={"kind": "safety", "area": ["20"], "summary": typed, "assessment": typed})
    document = content.build(about, figures("lang_son", 9), communes("lang_son"), SEAL, Beside(FACILITIES))
    shown = "Tin giả □ về □,□ phí□ khám 5\u20106"
    assert f"Nội dung: {shown}" in [block["text"] for block in blocks_of(document, "item")]
    printed = "".join(page.get_text() for page in pymupdf.open(stream=pdf.draw(document, clock.now())))
    assert printed.replace("\n", " ").count(shown) == 2
    written = [line.text for line in docx.Document(io.BytesIO(word.write(document, clock.now()))).paragraphs]
    assert f"- Nội dung: {shown}" in written


def test_every_sign_that_is_let_through_is_in_every_font() -> None:
    let_through = {
        sign for sign in map(chr, range(0x10000)) if not 0xD800 <= ord(sign) < 0xE000 and content.drawable(sign) == sign
    }
    assert set("ễ₫→≥…–“”□ ") <= let_through
    for path in (settings.include() / "fonts").glob("*.ttf"):
        known = set(map(chr, pymupdf.Font(fontfile=str(path)).valid_codepoints()))
        assert let_through <= known, path.name


def test_a_version_names_only_what_its_recipients_have() -> None:
    about = submission("lang_son", "monthly_byt", version=3)
    never_sent = build("lang_son", "monthly_byt", 9, version=3)
    assert never_sent["version"] == "" and "thay thế" not in words_of(never_sent)
    replaced = Replaced(1, "08:00 ngày 02/11/2026", "# Gửi thiếu {{ x }}", ["Số người: 12 → 20"])
    document = content.build(about, figures("lang_son", 9), communes("lang_son"), SEAL, Beside(FACILITIES, replaced=replaced))
    assert document["version"] == "(Bản số 3, thay thế bản số 1 đã gửi lúc 08:00 ngày 02/11/2026)"
    opening, why, changed, heading = document["blocks"][:4]
    assert opening["text"].startswith("Thực hiện") and heading["type"] == "heading"
    assert "bản số 1 đã gửi lúc 08:00 ngày 02/11/2026. Lý do đính chính: # Gửi thiếu {{ x }}. Số liệu thay đổi" in why["text"]
    assert changed == {"type": "item", "text": "Số người: 12 → 20."}


def test_render_keeps_bytes_hashes_and_files(rows: Any, warehouse: psycopg.Connection) -> None:
    for _ in range(6):
        rows.exam(rows.person(rows.communes[0]), "2026-10-05")
    number = reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.take_snapshot(number)
    result = reporting.render(number)
    folder = settings.outputs() / "lang_son" / "monthly_byt" / "2026-10"
    stored = warehouse.execute("SELECT kind, file_name, sha256, content FROM reporting.document").fetchall()
    assert {row[0] for row in stored} == {"docx", "pdf", "xlsx"}
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
        assert set(reporting.render(number)["documents"]) == {"docx", "pdf"} | (set() if ad_hoc else {"xlsx"})
    states = {row["obligation"]: row["state"] for row in reporting.status(slug)}
    assert states == {obligation.id: "compiled" for obligation in provinces.load(slug).obligations}


def test_small_cells_leave_by_no_table_chart_map_annex_or_sentence() -> None:
    """Three people were examined in one commune and one week, eight in the next, none in a third, fifty in each other one."""
    known = reporting.indicators()
    units = provinces.communes("lang_son")
    examined = {unit.code: 50 for unit in units} | {units[0].code: 3, units[1].code: 8, units[2].code: 0}
    whole = Decimal(sum(examined.values()))
    made = [Figure("examined_share", "total", "", whole, Decimal(100 * len(units)))]
    made += [Figure("examined_share", "commune", code, Decimal(n), Decimal(100)) for code, n in examined.items()]
    made += [
        Figure("examined_commune_source", "commune_source", f"{code}/{source}", Decimal(n // 2), None)
        for code, n in examined.items()
        for source in ("school", "worker")
    ]
    weeks = {"2026-W39": Decimal(3), "2026-W40": Decimal(8), "2026-W42": whole - 11}
    made += [Figure("weekly_progress", "week", week, n, Decimal(100 * len(units))) for week, n in weeks.items()]
    made += [Figure("weekly_progress", "total", "", whole, Decimal(100 * len(units)))]
    document = content.build(submission("lang_son", "annual_dang_uy"), Published(made, known), communes("lang_son"), SEAL)
    table, on_map, chart = document["appendices"][0]["blocks"]
    shown = {row[1]: (row[4], row[5]) for row in table["rows"]}
    assert shown[units[0].name] == shown[units[1].name] == ("*", "*")
    assert shown[units[2].name] == ("0", "0%")
    assert shown[units[3].name] == ("50", "50,0%")
    assert shown["Tổng số"][0] == "3.111"
    bars = {bar["label"]: (bar["value"], bar["text"]) for bar in chart["bars"]}
    assert bars[units[0].name] == bars[units[1].name] == (0.0, "*")
    assert bars[units[3].name] == (50.0, "50,0")
    cells = {cell["name"]: (cell["shade"], cell["text"]) for cell in on_map["cells"]}
    assert cells[units[0].name] == cells[units[1].name] == (-1, "*")
    assert cells[units[2].name] == (0, "0%") and cells[units[3].name] == (4, "50,0%")
    assert sum(entry["count"] for entry in on_map["legend"] if entry["shade"] >= 0) == len(units) - 2
    assert next(entry["count"] for entry in on_map["legend"] if "Không công bố" in entry["label"]) == 2
    columns = [
        (column["name"], column["value"], column["text"])
        for block in blocks_of(document, "chart") if block["kind"] == "weeks"
        for column in block["columns"]
    ]  # fmt: skip
    assert columns == [
        ("Tuần 39 (21–27/9)", 0.0, "*"),
        ("Tuần 40 (28/9–04/10)", 0.0, "*"),
        ("Tuần 41 (05–11/10)", 0.0, "0"),
        ("Tuần 42 (12–18/10)", 3100.0, "3.100"),
    ]
    for block in (table, on_map, chart):
        assert "không công bố" in block["note"]
    # Of 62 equals none is the first or the last.
    told = next(b["text"] for b in document["blocks"] if "người thuộc diện được khám có tên" in b.get("text", ""))
    following = document["blocks"][[b.get("text") for b in document["blocks"]].index(told) + 1]
    assert following["text"] == f"Còn 1 địa bàn chưa ghi nhận người nào được khám: {units[2].name}."
    sheets = cells_of(annex.write(document, clock.now()))
    row = {line[2]: line[3:] for line in sheets["Khám sức khỏe"]}
    assert row[units[0].name][:3] == row[units[1].name][:3] == ["*", 100, "*"]
    assert row[units[2].name][:3] == [0, 100, 0] and row[units[3].name][:3] == [50, 100, 0.5]
    crossed = {line[2]: line[3:] for line in sheets["Nguồn khám"]}
    assert crossed[units[0].name] == ["*", "*"] and crossed[units[9].name] == [25, 25]
    # Nowhere a number that only the hidden commune or week has.
    numbers = [cell for sheet in sheets.values() for line in sheet[5:] for cell in line[3:] if isinstance(cell, float | int)]
    assert not {3, 8} & set(numbers)


def sentences(count: int, before: int | None) -> str:
    return " ".join(
        block["text"] for block in build("lang_son", "monthly_byt", count, before=before)["blocks"] if "text" in block
    )


@pytest.mark.parametrize(
    ("count", "before", "expected"),
    [
        (1500, 1000, "Trong kỳ có 1.500 người được khám lần đầu trong năm, tăng 500 người (50,0%) so với tháng trước (1.000)."),
        (1000, 1500, "Trong kỳ có 1.000 người được khám lần đầu trong năm, giảm 500 người (33,3%) so với tháng trước (1.500)."),
        (1000, 1000, "Trong kỳ có 1.000 người được khám lần đầu trong năm, bằng tháng trước (1.000)."),
        (1000, 0, "Trong kỳ có 1.000 người được khám lần đầu trong năm, tăng 1.000 người so với tháng trước (0)."),
        (0, 1000, "được ghi nhận khám lần đầu trong năm, giảm 1.000 người (100%) so với tháng trước (1.000)."),
        (1000, -1, "Trong kỳ có 1.000 người được khám lần đầu trong năm, tháng trước chưa có số liệu để so sánh."),
        (1000, 3, "lần đầu trong năm, không so sánh với tháng trước do có số liệu không công bố."),
        (3, 1000, "có dưới 5 người được khám lần đầu trong năm, không so sánh với tháng trước do có số liệu không công bố."),
        (1000, None, "Đây là báo cáo đầu tiên của loại này trên hệ thống nên chưa có số liệu kỳ trước để so sánh."),
    ],
)  # fmt: skip
def test_sentences_compare_with_the_report_before(count: int, before: int | None, expected: str) -> None:
    text = sentences(count, before)
    assert expected in text
    assert ("so với" in text) == (before not in (None, -1, count, 3) and count != 3)


def test_shares_are_compared_in_percentage_points_and_not_over_new_year() -> None:
    known = reporting.indicators()

    def published(part: int) -> Published:
        return Published([Figure("examined_share", "total", "", Decimal(part), Decimal(1000))], known)

    def text(before: int, period_to: dt.date) -> str:
        about = submission("lang_son", "monthly_byt")
        beside = Beside(before=Before(published(before), 6, period_to))
        blocks = content.build(about, published(500), communes("lang_son"), SEAL, beside)["blocks"]
        return str(next(block["text"] for block in blocks if "đạt 50,0%" in block.get("text", "")))

    last = submission("lang_son", "monthly_byt").period_from - dt.timedelta(days=1)
    assert "đạt 50,0%, tăng 12,3 điểm phần trăm so với tháng trước (37,7%)." in text(377, last)
    assert "đạt 50,0%, giảm 0,1 điểm phần trăm so với tháng trước (50,1%)." in text(501, last)
    assert "đạt 50,0%, bằng tháng trước (50,0%)." in text(500, last)
    skipped = dt.date(2026, 7, 31)
    assert "so với kỳ báo cáo đến ngày 31/7/2026 (37,7%)." in text(377, skipped)
    # From 1 January on everybody is counted anew.
    assert text(377, dt.date(2025, 12, 31)).endswith("đạt 50,0%.")


def test_targets_in_their_own_units() -> None:
    known = reporting.indicators()
    values = {
        "insurance_cover_2026": ("94.96", "96.2"), "doctors_per_station": ("3.96", None), "doctor_rotations": ("30", None),
        "station_visits": ("12.5", "14"), "immunisation": ("95", "95"),
    }  # fmt: skip
    made = []
    for target in provinces.load("thai_nguyen").targets:
        if target.id in values:
            for name, value in zip(("target_progress", "target_projection"), values[target.id], strict=True):
                result = None if value is None else Decimal(value)
                made.append(Figure(name, "target", target.id, result, Decimal(str(target.value))))
    about = submission("thai_nguyen", "annual_progress")
    document = content.build(about, Published(made, known), communes("thai_nguyen"), SEAL)
    table = next(block for block in document["blocks"] if block["type"] == "table")
    rows = {row[1]: row[2:] for row in table["rows"]}
    assert rows["Tỷ lệ bao phủ bảo hiểm y tế"] == ["Trên 95%", "2026", "95,0%", "96,2%", "Có khả năng đạt"]
    assert rows["Số bác sĩ tại mỗi trạm y tế cấp xã"] == ["Từ 4 bác sĩ", "2027", "3,9 bác sĩ", "–", "Đang thực hiện"]
    assert rows["Số lượt bác sĩ luân phiên, luân chuyển, điều động về trạm y tế cấp xã mỗi năm"][2:] == [
        "30 lượt/năm",
        "–",
        "Đạt",
    ]
    assert rows["Tỷ lệ khám bệnh, chữa bệnh bảo hiểm y tế tại trạm y tế cấp xã"][2:] == ["12,5%", "14,0%", "Cần đẩy nhanh"]
    assert rows["Tỷ lệ tiêm chủng các vắc-xin trong Chương trình Tiêm chủng mở rộng"][2:] == ["95,0%", "95,0%", "Cần đẩy nhanh"]
    assert rows["Chiều cao trung bình của trẻ em và thanh thiếu niên từ 1 - 18 tuổi tăng thêm"][2:] == [
        "Chưa có số liệu",
        "–",
        "–",
    ]
    chart = next(block for block in document["blocks"] if block.get("kind") == "targets")
    assert [bar["value"] for bar in chart["bars"]] == [0.9996, 0.625, 0.99, 1.0, 1.0]


def test_annex_is_typed_and_ready_to_be_printed() -> None:
    document = build("lang_son", "monthly_byt", 777)
    raw = annex.write(document, clock.now())
    sheets = cells_of(raw)
    first = next(row for row in sheets["Khám sức khỏe"] if row[0] == 1)
    assert first[1:6] == ["05977", "Phường Đông Kinh", 777, 2331, 0.333]
    assert [row[2] for row in sheets["Khám sức khỏe"]][-1] == "Tổng số"
    assert ["difficulties", "Công an tỉnh", "=Thiếu nhân lực {{ x }}"][1:] == sheets["Ý kiến đơn vị"][-1][1:]
    assert sheets["Cơ sở"][-1][2] == "Trung tâm Y tế khu vực 13"
    units = sheets["Đơn vị gửi số liệu"][4:]
    due = DUE.replace(tzinfo=None)
    assert [row[0] for row in units] == [*range(1, 66)]
    assert units[0][1:] == ["Phường Đông Kinh", "communes", due, "", "Chưa gửi"]
    assert [row[5] for row in units[1:]] == ["Gửi chậm"] * 4 + ["Đúng hạn"] * 60
    assert units[1][4] == due + dt.timedelta(minutes=1) and units[5][3:5] == [due, due]
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        names = packed.read("xl/workbook.xml").decode()
        page = packed.read("xl/worksheets/sheet2.xml").decode()
    assert names.count("_xlnm.Print_Area") == names.count("_xlnm.Print_Titles") == len(sheets)
    assert 'state="frozen"' in page and 'fitToHeight="0"' in page and 'paperSize="9"' in page
    assert 't="s"' in page and "<f>" not in page


def test_annex_says_what_each_figure_is_called() -> None:
    document = build("lang_son", "monthly_byt", 777)
    sheets = cells_of(annex.write(document, clock.now()))
    codes = [row[-1] for row in sheets["Số liệu chung"][4:]]
    assert "examined_share" in codes and "examined_share.sex.1" in codes
    patterns = {tuple(row[:2]): row[2] for row in sheets["Mã số liệu"][4:]}
    share = reporting.indicators()["examined_share"].name_vi
    assert patterns["Khám sức khỏe", share] == "examined_share.commune.<mã xã>"
    for code in [*codes, *patterns.values()]:
        indicator, breakdown, _ = of_code(code)
        assert breakdown == "total" or breakdown in breakdowns(reporting.indicators()[indicator]), code


def test_what_units_wrote_is_printed_to_its_last_line() -> None:
    counted = figures("lang_son", 9)
    said = {"short": "một\nhai", "lines": "\n".join(f"dòng {place}" for place in range(60)), "long": "việc " * 2000}
    counted.below = Below(texts={"difficulties": list(said.items())})
    about = submission("lang_son", "annual_dang_uy")
    document = content.build(about, counted, communes("lang_son"), SEAL, Beside(FACILITIES))
    made = annex.write(document, SEAL.taken_at)
    sheets = cells_of(made)
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        page = book.read(f"xl/worksheets/sheet{list(sheets).index('Ý kiến đơn vị') + 1}.xml").decode()
    heights = {int(row): float(height) for row, height in re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', page)}
    found: dict[str, list[str]] = {unit: [] for unit in said}
    for place, (_, unit, text) in enumerate(sheets["Ý kiến đơn vị"][4:], start=5):
        found[unit].append(text)
        assert 15 * (text.count("\n") + 1) <= heights[place] <= 409
    assert len(found["short"]) == 1
    assert {unit: "\n".join(parts).split() for unit, parts in found.items()} == {
        unit: text.split() for unit, text in said.items()
    }


def test_every_indicator_by_commune_is_in_the_annex() -> None:
    known = reporting.indicators()
    sheets = build("thai_nguyen", "annual_progress", 777)["annex"]["sheets"]
    groups = {column["group"] for sheet in sheets for column in sheet["columns"]}
    plain = [one.name_vi for one in known.values() if "commune" in breakdowns(one)]
    assert len(plain) >= 12 and [name for name in plain if name not in groups] == []
    crossed = [one.id for one in known.values() if any("commune" in name for name in one.margins)]
    text = (settings.include() / "templates" / "reports" / "annex.yaml").read_text(encoding="utf-8")
    assert len(crossed) == 5 and [name for name in crossed if f"crossed: {name}\n" not in text] == []


def test_compares_with_the_report_that_went_out(rows: Any, warehouse: psycopg.Connection) -> None:
    for _ in range(6):
        rows.exam(rows.person(rows.communes[0]), "2026-09-05")
    for _ in range(9):
        rows.exam(rows.person(rows.communes[0]), "2026-10-05")
    before = reporting.open_submission("lang_son", "monthly_byt", "a run", "2026-09")
    reporting.take_snapshot(before)
    number = reporting.open_submission("lang_son", "monthly_byt", "another run", "2026-10")
    reporting.take_snapshot(number)
    with transaction("report") as conn:
        about = load(conn, number)
        seal, *_ = documents.read_snapshot(conn, about)
        assert documents.read_beside(conn, about, seal).before is None
    # Out before the later figures were taken.
    at = dt.datetime(2026, 11, 1, 8, tzinfo=VIETNAM)
    warehouse.execute(
        "UPDATE reporting.submission SET state = 'delivered', state_since = %s WHERE submission_id = %s", [at, before]
    )
    assert set(reporting.render(number)["documents"]) == {"docx", "pdf", "xlsx"}
    stored: dict[str, bytes] = dict(warehouse.execute("SELECT kind, content FROM reporting.document").fetchall())
    text = " ".join(" ".join(page.get_text() for page in pymupdf.open(stream=stored["pdf"])).split())
    assert "Trong kỳ có 9 người được khám lần đầu trong năm, tăng 3 người (50,0%) so với tháng trước (6)." in text
    assert "(so với bản " in text
