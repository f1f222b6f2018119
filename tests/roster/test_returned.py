"""Rejected rows go back to their commune, and come back corrected."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sangloc import intake
from sangloc.errors import RefusedInputError
from sangloc.intake import Reject, Table, layout, read_table
from sangloc.roster.parsing import STAGED, parse
from sangloc.roster.returned import (
    GUIDE,
    MOST_ROWS,
    SHEET,
    keep_returned,
    unguarded,
    write_returned,
)

TODAY = date(2026, 11, 22)
PERSON = {"full_name": "Nông Văn An", "birth_date": "05/03/1980", "sex": "", "citizen_id": "030080001234"}
PRESENT = frozenset({"stt", "full_name", "birth_date", "sex", "citizen_id", "phone", "village"})


def reject(
    row: int = 5, column: str = "sex", message: str = "Cột “Giới tính”: …", sheet: str | None = None, **raw: str
) -> Reject:
    return Reject(row, column, "sex_invalid", message, {**PERSON, **raw}, sheet)


def cells(content: bytes, sheet: str = SHEET) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def returned(*rejects: Reject) -> Table:
    return read_table(write_returned(rejects, 12, PRESENT), "sua.xlsx", "roster")


def test_what_the_commune_gets() -> None:
    content = write_returned(
        [
            reject(7, stt="2"),
            reject(5, village="Bản Mới", phone="0912345678"),
            Reject(5, "citizen_id", "duplicate_in_file", "Cột “Số CCCD”: …", PERSON),
            Reject(0, "", "list_empty", "…"),
        ],
        12,
        PRESENT,
    )
    assert cells(content) == [
        ["Mã dòng trả lại", "STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Số điện thoại", "Thôn/Tổ", "Dòng", "Lỗi"],
        ["12-0-5", "", "Nông Văn An", "05/03/1980", "", "030080001234", "0912345678", "Bản Mới", "5",
         "Cột “Giới tính”: …\nCột “Số CCCD”: …"],
        ["12-0-7", "2", "Nông Văn An", "05/03/1980", "", "030080001234", "", "", "7", "Cột “Giới tính”: …"],
    ]  # fmt: skip
    guide = "\n".join(row[0] for row in cells(content, GUIDE))
    assert "Mã dòng trả lại" in guide and "Chỉ gửi các dòng này" in guide


def test_sheets_are_told_apart() -> None:
    content = write_returned(
        [reject(3, sheet="Thôn B"), reject(3, sheet="Thôn A"), reject(3, sheet="Thôn B", column="citizen_id")], 9, PRESENT
    )
    assert [(row[0], row[-2]) for row in cells(content)[1:]] == [
        ("9-1-3", "3 (trang “Thôn A”)"),
        ("9-2-3", "3 (trang “Thôn B”)"),
    ]


def test_the_workbook_shows_where_the_fault_is() -> None:
    with zipfile.ZipFile(io.BytesIO(write_returned([reject()], 12, PRESENT))) as book:
        names = set(book.namelist())
        page = book.read("xl/worksheets/sheet1.xml").decode()
        assert "Giới tính" in book.read("xl/comments1.xml").decode()
    assert "xl/comments1.xml" in names
    assert "<f>" not in page and "pane" in page and "autoFilter" in page


def test_nobodys_data_lies_in_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert cells(write_returned([reject()], 12, PRESENT))[1][0] == "12-0-5"


def test_formulas_are_text_and_stay_text_in_a_csv() -> None:
    texts = ["=1+1", "+84912345678", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1", "'030080001234", "bình thường"]
    content = write_returned([reject(row, full_name=text) for row, text in enumerate(texts, start=2)], 12, PRESENT)
    shown = [row[2] for row in cells(content)[1:]]
    assert shown == ["'=1+1", "'+84912345678", "'-1", "'@SUM(A1)", "'\t=1", "'＝1", "''=1", "'030080001234", "bình thường"]
    assert unguarded(pl.DataFrame({"full_name": shown}))["full_name"].to_list() == texts
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_cell_holds_only_so_much() -> None:
    shown = cells(write_returned([reject(village="x" * 40_000)], 12, PRESENT))[1][7]
    assert len(shown) == 32_767 and shown.endswith("[đã cắt bớt]")


def test_a_list_that_is_rejected_as_a_whole_is_cut_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_ROWS == 50_000
    monkeypatch.setattr("sangloc.roster.returned.MOST_ROWS", 2)
    content = write_returned([reject(row) for row in range(2, 7)], 12, PRESENT)
    assert [row[0] for row in cells(content)] == ["Mã dòng trả lại", "12-0-2", "12-0-3"]
    assert "Còn 3 dòng khác" in "\n".join(row[0] for row in cells(content, GUIDE))


def test_corrected_rows_come_back() -> None:
    table = returned(reject(5, stt="4", village="=Bản Mới", phone="+84 912 345 678"), reject(9, full_name="", sex="Nam"))
    assert table.kind == "returned"
    assert table.frame["returned_ref"].to_list() == ["12-0-5", "12-0-9"]
    fixed = Table(table.frame.with_columns(pl.lit("Nam").alias("sex")), table.present, kind="returned")
    parsed = parse(fixed, TODAY)
    assert parsed.frame.select("position", "citizen_id", "village", "phone", "change").rows() == [
        (0, "030080001234", "=Bản Mới", "0912345678", "listed")
    ]
    # Rejected again, a row is handed back once more as it first came.
    (again,) = parsed.rejects
    assert (again.row_number, again.reason_code) == (3, "name_missing")


text = st.one_of(
    st.text(max_size=20),
    st.text("'=+-@\t\r\n ＝ABệ0\x07\ufffe_x0041", max_size=12),
    st.sampled_from(["1980", "1.0", "Tổng cộng"]),
)
# The reader of lists puts numbers and dates right that a spreadsheet spoilt; it has done so before a row is rejected.
numbers = st.sampled_from(["", "030080001234", "'030.080.001.234", "030080001234x", "không có", "=030080001234", "0"])
dates = st.sampled_from(["", "05/03/1980", "1980", "-1980", "xx/xx/1950", "30/02/1980", "+5/3/1980"])
kinds = {"text": text, "citizen_id": numbers, "date": dates}
rows = st.lists(
    st.fixed_dictionaries(
        {
            name: kinds[column.kind]
            for name, column in sorted(layout("roster").columns.items())
            if name not in ("returned_ref", "change")
        }
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=50, derandomize=True, deadline=None, database=None)
@given(rows)
@example([{**PERSON, "full_name": "''=x", "village": "_x0041_", "relation": "\r\n=1", "note": "\ufffe"}])
def test_every_value_comes_back_as_it_was(given_rows: list[dict[str, str]]) -> None:
    columns = list(layout("roster").columns)
    sent = Table(
        pl.DataFrame(
            {
                "sheet": pl.Series([None] * len(given_rows), dtype=pl.String),
                "row_number": pl.Series(range(2, len(given_rows) + 2), dtype=pl.Int64),
                **{name: pl.Series([row.get(name, "") for row in given_rows], dtype=pl.String) for name in columns},
            }
        ),
        frozenset(columns),
    )
    rejects = [Reject(row, "full_name", "name_missing", "…", cells, None) for row, cells in enumerate(given_rows, start=2)]
    back = read_table(write_returned(rejects, 12, sent.present), "x.xlsx", "roster")
    # The reader of lists leaves out rows that are no people, such as totals.
    kept = [int(ref.rsplit("-", 1)[1]) - 2 for ref in back.frame["returned_ref"].to_list()]
    assert back.kind == "returned" or not kept
    before, after = parse(Table(sent.frame[kept], sent.present), TODAY), parse(back, TODAY)
    assert after.frame.select(STAGED).rows() == before.frame.select(STAGED).rows()
    assert [(found.reason_code, found.column_name) for found in after.rejects] == [
        (found.reason_code, found.column_name) for found in before.rejects
    ]


def test_the_workbook_is_laid_into_the_landing_zone_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_LANDING", str(tmp_path))
    for content in (b"one", b"two"):
        assert keep_returned("lang_son", "05977", 12, content) == "lang_son/returned/roster/05977/12-dong-bi-tra-lai.xlsx"
    folder = tmp_path / "lang_son/returned/roster/05977"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"12-dong-bi-tra-lai.xlsx": b"two"}
    # It is no list that has arrived.
    assert intake.list_files("lang_son", "roster", "05977") == []


def test_a_workbook_goes_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_LANDING", str(tmp_path / "landing"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "landing/lang_son").mkdir(parents=True)
    (tmp_path / "landing/lang_son/returned").symlink_to(elsewhere)
    with pytest.raises(RefusedInputError, match="symbolic link"):
        keep_returned("lang_son", "05977", 12, b"x")
    assert list(elsewhere.iterdir()) == []
    (tmp_path / "landing/lang_son/returned").unlink()
    (tmp_path / "landing/lang_son/returned").write_text("in the way")
    with pytest.raises(RefusedInputError, match="cannot be written"):
        keep_returned("lang_son", "05977", 12, b"x")
