"""From the form that is handed out to the figure in the report."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections import Counter
from decimal import Decimal
from typing import Any

import docx
import psycopg
import pytest
from python_calamine import CalamineWorkbook

from forms.conftest import FIRST, NUMBERS, OBLIGATION, PERIOD, SECOND, SLUG, Units
from forms.workbooks import answer, cells, copied, fill, replaced
from sangloc import deadlines, forms, provinces, reporting, sample
from sangloc.errors import RefusedInputError, SanglocError

FIGURES = {
    "conferences": "3", "party_cell_meetings": "12", "union_meetings": "7", "news_articles": "20", "columns": "1",
    "media_products": "0",
}  # fmt: skip


def now(patch: pytest.MonkeyPatch, moment: str) -> None:
    patch.setenv("SANGLOC_NOW", f"{moment}+07:00")


# Handing out ---------------------------------------------------------------------------------------------------------------


def test_every_unit_has_its_form_and_an_unchanged_one_is_left_alone(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = forms.issue_forms(SLUG)
    # 65 communes and three departments, for 2026 (which is over) and 2027 (which has begun).
    assert counts == {"forms": 136, "written": 0}
    texts = [str(cell) for row in cells(units.empty(FIRST)) for cell in row if cell != ""]
    for expected in ("Hạn gửi", "Hết ngày 19/11/2026", f"{OBLIGATION}/{PERIOD}/communes/{FIRST}", *NUMBERS):
        assert expected in texts
    other = [str(cell) for row in cells(units.empty("cong_an", "departments")) for cell in row]
    assert "Công an tỉnh" in other
    # Asked of communes only.
    assert "Tình hình dư luận xã hội" in texts
    assert "Tình hình dư luận xã hội" not in other
    # A period that has not begun has no form.
    assert not list(units.landing.glob("*/returned/forms/*/bieu_*_2028_*"))
    rows = "SELECT xmin::text FROM reporting.submission UNION ALL SELECT xmin::text FROM reporting.input_due"
    before = units.connection.execute(rows).fetchall()
    reporting.expect(SLUG)
    assert units.connection.execute(rows).fetchall() == before


def test_what_was_reported_for_the_period_before_stands_in_the_next_form(units: Units) -> None:
    before = units.empty(FIRST, period="2027")
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS))
    units.take_in()
    assert forms.issue_forms(SLUG)["written"] == 1
    row = next(row for row in cells(units.empty(FIRST, period="2027")) if row[1] == "Số buổi sinh hoạt chi bộ")
    assert row[3] == 12
    assert row[4] == ""
    assert next(row for row in cells(before) if row[1] == "Số buổi sinh hoạt chi bộ")[3] == ""


def test_no_form_is_handed_out_for_a_report_that_has_gone_out(units: Units) -> None:
    units.connection.execute("UPDATE reporting.submission SET delivered_at = now() WHERE period_key = '2026'")
    assert forms.issue_forms(SLUG)["forms"] == 68


# Taking in -----------------------------------------------------------------------------------------------------------------


def test_a_filled_form_becomes_figures_and_the_unit_has_reported(units: Units) -> None:
    text = "- Nhân dân đồng tình\n= ủng hộ việc khám sàng lọc"
    path = units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Tình hình dư luận xã hội": text}), "Báo cáo xã.XLSX")
    assert forms.new_units(SLUG) == [{"folder": FIRST, "name": units_name(units)}]
    assert units.take_in() == {"forms": 1, "figures": 7, "faults": 0, "late": 0}
    assert units.figures() == FIGURES | {"public_opinion": text}
    assert units.due() == (dt.datetime.fromisoformat("2026-11-18T08:00:00+07:00"), True)
    assert units.due(SECOND) == (None, None)
    row = units.connection.execute(
        "SELECT DISTINCT version, in_time, sha256, obligation, period_key FROM reporting.received_figure"
    ).fetchall()
    assert row == [(1, True, hashlib.sha256(path.read_bytes()).hexdigest(), OBLIGATION, PERIOD)]
    assert units.returned() == []
    assert forms.new_units(SLUG) == []
    assert units.take_in() == {"forms": 0, "figures": 0, "faults": 0, "late": 0}
    assert forms.summarise(SLUG, "run") == {"forms": 1, "refused": 0, "figures": 7, "faults": 0, "late": 0}


def units_name(units: Units) -> Any:
    row = units.connection.execute("SELECT unit_name FROM reporting.input_due WHERE unit = %s", [FIRST]).fetchone()
    assert row is not None
    return row[0]


def test_the_newest_form_counts_whole_and_every_version_is_kept(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Khó khăn, vướng mắc": "Thiếu cán bộ"}), "1.xlsx")
    units.take_in()
    # After the due time: the first one was in time.
    now(monkeypatch, "2026-11-25T08:00:00")
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Số hội nghị": 5}), "2.xlsx")
    assert units.take_in() == {"forms": 1, "figures": 6, "faults": 0, "late": 1}
    assert units.figures() == FIGURES | {"conferences": "5"}
    assert units.due()[1] is True
    versions = units.connection.execute(
        "SELECT version, counts, in_time, value FROM reporting.received_figure WHERE figure = 'conferences' ORDER BY version"
    ).fetchall()
    assert versions == [(1, False, True, Decimal(3)), (2, True, False, Decimal(5))]
    # The same bytes again are no further version.
    units.send(FIRST, (units.landing / SLUG / "submissions" / FIRST / "1.xlsx").read_bytes(), "3.xlsx")
    assert units.take_in()["forms"] == 0
    assert units.figures()["conferences"] == "5"


def test_a_late_form_is_taken_and_is_late(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    now(monkeypatch, "2026-11-20T00:00:00")
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS))
    assert units.take_in()["late"] == 1
    assert units.due()[1] is False
    row = units.connection.execute(
        "SELECT expected, received, in_time FROM reporting.board_input JOIN reporting.submission USING (submission_id)"
        " WHERE input = 'communes' AND period_key = '2026'"
    ).fetchone()
    assert row == (65, 1, 0)


def test_an_empty_form_is_no_report(units: Units) -> None:
    units.send(FIRST, fill(units.empty(FIRST), {"Kiến nghị, đề xuất": " - "}))
    with pytest.raises(RefusedInputError, match=r"form_empty"):
        units.take_in()
    assert units.due() == (None, None)
    assert units.figures() == {}
    assert len(units.returned()) == 1
    assert "để trống" in str(cells(units.returned()[0]))
    # It stays red until a right one comes; then the empty one is of no account, even while it lies there.
    with pytest.raises(RefusedInputError, match=r"form_empty"):
        units.take_in()
    assert len(units.returned()) == 1
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS), "moi.xlsx")
    assert units.take_in()["forms"] == 1
    assert units.figures() == FIGURES
    assert forms.new_units(SLUG) == []
    assert units.take_in()["forms"] == 0


def test_right_figures_count_and_wrong_ones_go_back_in_red(units: Units) -> None:
    wrong: dict[str, Any] = {
        "Số hội nghị": "mười hai",
        "Số buổi sinh hoạt chi bộ": 2.5,
        "Số buổi sinh hoạt đoàn thể": -1,
        "Số tin, bài": 1_000_000,
        "Số chuyên mục, chuyên trang": None,
        "Tình hình dư luận xã hội": "Ông A, điện thoại 0912 345 678",
        "Khó khăn, vướng mắc": "x" * 2001,
        "Kiến nghị, đề xuất": "Bổ sung kinh phí",
    }
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | wrong))
    assert units.take_in() == {"forms": 1, "figures": 2, "faults": 7, "late": 0}
    assert units.figures() == {"media_products": "0", "proposals": "Bổ sung kinh phí"}
    assert units.due()[1] is True
    assert units.faults() == {
        "conferences": "form_not_a_number",
        "party_cell_meetings": "form_not_whole",
        "union_meetings": "form_out_of_range",
        "news_articles": "form_out_of_range",
        "columns": "form_required",
        "public_opinion": "form_text_personal",
        "difficulties": "form_text_too_long",
    }
    (workbook,) = units.returned()
    assert answer(workbook, "Số hội nghị") == ("mười hai", "FFC7CE")
    assert answer(workbook, "Số chuyên mục, chuyên trang") == ("", "FFC7CE")
    assert answer(workbook, "Số sản phẩm truyền thông") == (0, "FFF9DB")
    assert answer(workbook, "Kiến nghị, đề xuất") == ("Bổ sung kinh phí", "FFF9DB")
    told = next(row for row in cells(workbook) if row[1] == "Số hội nghị")
    assert "không phải là số" in told[6]
    # Corrected where it is wrong and sent again, it is a form like any other.
    right = {label: value for label, value in NUMBERS.items() if label != "Số sản phẩm truyền thông"}
    units.send(FIRST, fill(workbook, right | {"Tình hình dư luận xã hội": "", "Khó khăn, vướng mắc": "Không"}), "sua.xlsx")
    assert units.take_in() == {"forms": 1, "figures": 8, "faults": 0, "late": 0}
    assert units.figures() == FIGURES | {"difficulties": "Không", "proposals": "Bổ sung kinh phí"}
    assert len(units.returned()) == 1


def test_a_text_goes_there_and_back_unchanged(units: Units) -> None:
    text = "=1+1 là lời của dân\n- và dòng hai"
    units.send(FIRST, fill(units.empty(FIRST), {"Số hội nghị": 1, "Khó khăn, vướng mắc": text}), "1.xlsx")
    units.take_in()
    assert units.figures()["difficulties"] == text
    (workbook,) = units.returned()
    assert answer(workbook, "Khó khăn, vướng mắc")[0] == f"'{text}"
    units.send(FIRST, fill(workbook, NUMBERS), "2.xlsx")
    units.take_in()
    assert units.figures()["difficulties"] == text


def test_a_form_with_nothing_right_in_it_is_no_report(units: Units) -> None:
    units.send(FIRST, fill(units.empty(FIRST), {"Số hội nghị": "nhiều"}))
    with pytest.raises(RefusedInputError, match=r"form_faulty"):
        units.take_in()
    assert units.due() == (None, None)
    assert units.figures() == {}
    (workbook,) = units.returned()
    assert answer(workbook, "Số hội nghị") == ("nhiều", "FFC7CE")
    units.send(FIRST, fill(workbook, NUMBERS), "2.xlsx")
    assert units.take_in()["forms"] == 1
    assert units.figures() == FIGURES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.234", "1234"), ("1 234", "1234"), ("12", "12"), ("１２", "12"), (" 7 ", "7"), (8.0, "8"), ("007", "7"),
        ("50%", "form_per_cent"), ("1.234 %", "form_per_cent"), ("1,234", "form_not_whole"), ("0.955", "form_not_whole"),
        ("1.234,5", "form_not_whole"), (0.5, "form_not_whole"), ("1,234,567", "form_not_a_number"),
        ("1.234 567", "form_not_a_number"), ("12.34.56", "form_not_a_number"),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(typed: Any, meant: str) -> None:
    assert read_number("annual_dang_uy", "Số tin, bài", typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("95,5", "95.5"), ("95,5%", "95.5"), ("95.5 %", "95.5"), (95.5, "95.5"), ("0,5%", "0.5"), (0, "0"), (100, "100"),
        (0.955, "form_share"), ("0,955", "form_share"), ("0.955", "form_share"), ("101%", "form_out_of_range"),
        ("1.234,5", "form_out_of_range"), ("95,555", "form_decimals"), ("1.234", "form_not_a_number"),
    ],
)  # fmt: skip
def test_shares_as_people_type_them(typed: Any, meant: str) -> None:
    assert read_number("annual_progress", "Tỷ lệ tiêm chủng mở rộng (%)", typed) == meant


def read_number(obligation: str, label: str, typed: Any) -> str:
    """The value taken for what was typed, or the reason why it goes back."""
    made = form(obligation)
    figure = next(figure for figure in made.figures if figure.name_vi == label)
    answers = forms.read_answers(forms.read_form(fill(forms.write_form(made), {label: typed})), [figure])
    return answers.faults[0].reason if answers.faults else f"{answers.values[figure.id]:f}"


def form(obligation: str) -> forms.Form:
    slug = SLUG if obligation == OBLIGATION else "thai_nguyen"
    profile = provinces.load(slug)
    duty = profile.obligation(obligation)
    due_at = dt.datetime.fromisoformat("2026-11-19T23:59:59+07:00")
    period = deadlines.period_of_key(duty, PERIOD)
    return forms.Form(profile, duty, duty.inputs[0], period, "commune", FIRST, "Xã Mẫu", due_at)


def test_what_goes_back_names_sheet_row_and_column() -> None:
    made = form(OBLIGATION)
    typed = {"Số tin, bài": "50%", "Số hội nghị": "nhiều"}
    for content, sheet in ((fill(forms.write_form(made), typed), "“Biểu số liệu”"), (None, "tính thứ 1")):
        content = content or copied(fill(forms.write_form(made), typed))
        messages = [fault.message for fault in forms.read_answers(forms.read_form(content), made.figures).faults]
        assert f"“Số hội nghị” (trang {sheet}, dòng 17, cột E): không phải là số; chỉ ghi số" in messages[0]
        assert messages[1] == (
            f"“Số tin, bài” (trang {sheet}, dòng 20, cột E): có dấu % nhưng ô này không phải là tỷ lệ phần trăm; "
            "cần ghi số (tin, bài), ví dụ 50."
        )


# Whose and of which period -------------------------------------------------------------------------------------------------


def test_another_units_form_is_refused_and_taken_where_it_belongs(units: Units) -> None:
    path = units.send(FIRST, fill(units.empty(SECOND), NUMBERS))
    with pytest.raises(RefusedInputError, match=r"form_other_unit"):
        units.take_in()
    assert units.due() == units.due(SECOND) == (None, None)
    assert "đơn vị khác" in str(cells(units.returned()[0]))
    # Moved, not filled in again.
    units.send(SECOND, path.read_bytes())
    path.unlink()
    assert units.take_in(SECOND)["forms"] == 1
    assert units.figures(SECOND) == FIGURES
    assert units.take_in()["forms"] == 0


def test_a_form_for_another_period_is_that_periods(units: Units) -> None:
    units.send(FIRST, fill(units.empty(FIRST, period="2027"), NUMBERS))
    units.take_in()
    assert units.due() == (None, None)
    assert units.connection.execute("SELECT DISTINCT period_key FROM reporting.received_figure").fetchall() == [("2027",)]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        # The period in the open is rewritten, the hidden key is not.
        ("annual_dang_uy/2026/", "annual_dang_uy/2025/", "form_code_differs"),
        # And the other way round; the key's check value tells.
        ('"period":"2026"', '"period":"2025"', "form_key_broken"),
    ],
)
def test_a_form_whose_key_and_code_differ_is_refused(units: Units, old: str, new: str, reason: str) -> None:
    units.send(FIRST, replaced(fill(units.empty(FIRST), NUMBERS), "xl/sharedStrings.xml", old, new))
    with pytest.raises(RefusedInputError, match=reason):
        units.take_in()
    assert units.figures() == {}


def test_a_copy_without_the_hidden_key_is_taken_by_its_code(units: Units) -> None:
    units.send(FIRST, copied(fill(units.empty(FIRST), NUMBERS | {"Khó khăn, vướng mắc": "Thiếu cán bộ"})))
    assert units.take_in()["figures"] == 7
    assert units.figures() == FIGURES | {"difficulties": "Thiếu cán bộ"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (f"/2026/communes/{FIRST}", f"/2025/communes/{FIRST}", "form_not_owed"),
        (f"/2026/communes/{FIRST}", f"/2026/communes/{SECOND}", "form_other_unit"),
        ("annual_dang_uy/2026", "monthly_byt/2026", "form_not_owed"),
        ("annual_dang_uy/2026/communes", "annual", "form_unknown"),
        ("Nội dung", "Chỉ tiêu", "form_unknown"),
    ],
)
def test_a_copy_that_does_not_fit_is_refused(units: Units, old: str, new: str, reason: str) -> None:
    units.send(FIRST, replaced(copied(fill(units.empty(FIRST), NUMBERS)), "xl/sharedStrings.xml", old, new))
    with pytest.raises(RefusedInputError, match=reason):
        units.take_in()
    assert units.figures() == {}
    assert len(units.returned()) == 1


def test_a_period_that_has_not_begun_is_refused_until_it_has(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    content = fill(units.empty(FIRST, period="2027"), NUMBERS)
    now(monkeypatch, "2026-11-14T08:00:00")
    units.send(FIRST, content)
    with pytest.raises(RefusedInputError, match="form_not_begun"):
        units.take_in()
    now(monkeypatch, "2026-11-15T08:00:00")
    assert units.take_in()["forms"] == 1
    assert units.connection.execute("SELECT count(*) FROM reporting.unit_form").fetchone() == (1,)


def test_a_form_before_its_period_is_not_forgotten_over_a_later_one(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    early = fill(units.empty(FIRST, period="2027"), NUMBERS)
    now(monkeypatch, "2026-11-14T08:00:00")
    units.send(FIRST, early, "2027.xlsx")
    with pytest.raises(RefusedInputError, match="form_not_begun"):
        units.take_in()
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS), "2026.xlsx")
    with pytest.raises(RefusedInputError, match="form_not_begun"):
        units.take_in()
    now(monkeypatch, "2026-11-15T08:00:00")
    assert [each["folder"] for each in forms.new_units(SLUG)] == [FIRST]
    assert units.take_in()["forms"] == 1
    rows = units.connection.execute("SELECT DISTINCT period_key FROM reporting.received_figure ORDER BY 1").fetchall()
    assert rows == [("2026",), ("2027",)]


def test_a_row_that_the_form_does_not_have_is_told_of(units: Units) -> None:
    content = copied(fill(units.empty(FIRST), NUMBERS))
    units.send(FIRST, replaced(content, "xl/sharedStrings.xml", "Số tin, bài", "Số bài đăng báo"))
    assert units.take_in() == {"forms": 1, "figures": 5, "faults": 2, "late": 0}
    assert units.faults() == {"": "form_row_unknown", "news_articles": "form_required"}
    assert "dòng 20, cột E" in str(cells(units.returned()[0]))


# Kill and retry ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("reporting.unit_form", "INSERT"),
        ("reporting.unit_figure", "INSERT"),
        ("reporting.input_due", "UPDATE"),
        ("intake.reject", "INSERT"),
        ("intake.file", "UPDATE"),
    ],
)
def test_whoever_dies_leaves_nothing_half_written_and_the_next_try_ends_alike(units: Units, table: str, what: str) -> None:
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Số tin, bài": "nhiều"}))
    break_down(units.connection, table, what)
    with pytest.raises(SanglocError):
        units.take_in()
    assert units.due() == (None, None)
    assert units.connection.execute("SELECT count(*) FROM reporting.unit_form").fetchone() == (0,)
    assert units.connection.execute("SELECT count(*) FROM reporting.unit_figure").fetchone() == (0,)
    units.connection.execute("DROP FUNCTION broken_down CASCADE")
    assert units.take_in() == {"forms": 1, "figures": 5, "faults": 1, "late": 0}
    assert units.faults() == {"news_articles": "form_not_a_number"}
    assert len(units.returned()) == 1


def test_a_workbook_that_was_written_but_not_noted_is_written_once_more_alike(units: Units) -> None:
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Số tin, bài": "nhiều"}))
    break_down(units.connection, "intake.file", "UPDATE OF returned_at")
    with pytest.raises(SanglocError):
        units.take_in()
    first = units.returned()
    assert len(first) == 1
    assert units.due()[1] is True
    units.connection.execute("DROP FUNCTION broken_down CASCADE")
    assert units.take_in()["forms"] == 0
    assert units.returned() == first


def break_down(connection: psycopg.Connection, table: str, what: str) -> None:
    connection.execute(
        "CREATE FUNCTION public.broken_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken down'; END $$"
    )
    connection.execute(f"CREATE TRIGGER broken BEFORE {what} ON {table} EXECUTE FUNCTION public.broken_down()")


# The sample ----------------------------------------------------------------------------------------------------------------


def test_what_the_sample_sends_is_taken_in_as_its_truth_says(units: Units) -> None:
    day = dt.date(2026, 11, 14)
    truths = {truth.input: truth for truth in sample.write_forms(SLUG, units.landing, day, seed=3)}
    for unit in forms.new_units(SLUG):
        units.take_in(unit["folder"])
    for owed, kind in (("communes", "commune"), ("departments", "department")):
        truth = truths[owed]
        found = units.connection.execute(
            "SELECT figure, sum(value)::bigint FROM reporting.received_figure WHERE unit_kind = %s AND value IS NOT NULL"
            " GROUP BY figure",
            [kind],
        )
        assert dict(found.fetchall()) == truth.totals
        missing = units.connection.execute(
            "SELECT unit FROM reporting.input_due JOIN reporting.submission USING (submission_id)"
            " WHERE unit_kind = %s AND period_key = %s AND received_at IS NULL ORDER BY unit",
            [kind, PERIOD],
        )
        assert [row[0] for row in missing] == sorted(truth.silent)
    assert truths["communes"].silent
    assert len(units.returned(truths["communes"].faulty)) == 1
    before = {path: path.read_bytes() for path in units.landing.glob("*/submissions/*/*")}
    sample.write_forms(SLUG, units.landing, day, seed=3)
    assert {path: path.read_bytes() for path in units.landing.glob("*/submissions/*/*")} == before


# In the report -------------------------------------------------------------------------------------------------------------


def report(period: str = PERIOD) -> int:
    submission = reporting.open_submission(SLUG, OBLIGATION, "run", period_key=period)
    reporting.take_snapshot(submission)
    return submission


def document(submission: int, connection: psycopg.Connection) -> str:
    """The words of the report as DOCX."""
    reporting.render(submission)
    row = connection.execute("SELECT content FROM reporting.document WHERE kind = 'docx'").fetchone()
    assert row is not None
    body = docx.Document(io.BytesIO(row[0]))
    paragraphs = [paragraph.text for paragraph in body.paragraphs]
    tables = [" | ".join(cell.text for cell in line.cells) for table in body.tables for line in table.rows]
    return "\n".join(paragraphs + tables)


def test_figures_from_below_stand_in_the_report_and_missing_units_are_named(
    units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Khó khăn, vướng mắc": "Thiếu bác sĩ ở trạm"}))
    units.take_in()
    now(monkeypatch, "2026-11-20T08:00:00")
    units.send(SECOND, fill(units.empty(SECOND), NUMBERS | {"Số hội nghị": 1200, "Số tin, bài": 1500}))
    units.take_in(SECOND)
    units.send("cong_an", fill(units.empty("cong_an", "departments"), NUMBERS))
    units.take_in("cong_an")
    submission = report()
    text = document(submission, units.connection)
    # 1200 conferences in one commune are out of range: that figure has not come, and counts as nothing.
    assert "Số hội nghị | hội nghị | 6" in text
    assert "Số tin, bài | tin, bài | 1.540" in text
    assert (
        "đã nhận số liệu của 2/65 đơn vị, đúng hạn 1/65 đơn vị. Còn 63 đơn vị chưa gửi (không tính là 0), có tên tại bảng số "
        "liệu kèm theo.\n" in text
    )
    assert "đúng hạn 1/3 đơn vị. Còn 2 đơn vị chưa gửi (không tính là 0): Sở Giáo dục và Đào tạo, Sở Tài chính.\n" in text
    assert "Có 1 đơn vị báo cáo nội dung này" in text
    annex = units.connection.execute("SELECT content FROM reporting.document WHERE kind = 'xlsx'").fetchone()
    assert annex is not None
    book = CalamineWorkbook.from_filelike(io.BytesIO(annex[0]))
    standings = {row[1]: row[5] for row in book.get_sheet_by_name("Đơn vị gửi số liệu").to_python()[4:]}
    assert Counter(standings.values()) == {"Chưa gửi": 65, "Gửi chậm": 1, "Đúng hạn": 2}
    assert standings[units_name(units)] == standings["Công an tỉnh"] == "Đúng hạn"
    said = book.get_sheet_by_name("Ý kiến đơn vị").to_python()
    assert [units_name(units), "Thiếu bác sĩ ở trạm"] in [row[1:] for row in said]
    # What comes after the snapshot changes neither it nor what is written from it.
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Khó khăn, vướng mắc": "Không còn"}), "2.xlsx")
    units.take_in()
    units.connection.execute("DELETE FROM reporting.document")
    assert document(submission, units.connection) == text
    sources = units.connection.execute("SELECT content -> 'sources' FROM reporting.manifest").fetchone()
    assert sources is not None
    assert [kind for _, kind, _ in sources[0]] == ["form"] * 3
    reporting.request_review(submission)
    asked = reporting.review_text(submission)["summary"]
    assert "đã nhận 2/65, đúng hạn 1; còn thiếu 63\n" in asked
    assert "đã nhận 1/3, đúng hạn 1; còn thiếu 2 (Sở Giáo dục và Đào tạo, Sở Tài chính)\n" in asked


def test_nothing_from_below_is_no_zero(units: Units) -> None:
    text = document(report(), units.connection)
    assert "Số hội nghị | hội nghị | Chưa có báo cáo" in text
    assert "Chưa có đơn vị nào báo cáo nội dung này." in text and "……" not in text
    assert "đã nhận số liệu của 0/65 đơn vị, đúng hạn 0/65 đơn vị." in text
    assert "đơn vị báo cáo nội dung này" not in text


def test_a_period_for_which_figures_came_outlives_a_change_of_the_profile(units: Units) -> None:
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS))
    units.take_in()
    units.connection.execute(
        "UPDATE reporting.submission SET obligation = 'incident', period_key = period_key || 'x' WHERE obligation = %s",
        [OBLIGATION],
    )
    reporting.expect(SLUG)
    left = units.connection.execute("SELECT period_key FROM reporting.submission WHERE obligation = 'incident'").fetchall()
    assert left == [("2026x",)]
