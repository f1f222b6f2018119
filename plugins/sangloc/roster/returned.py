"""Rows that were not accepted, handed back to their commune as a workbook that can be put right and dropped in again.

A cell is written as text, always, so that no number loses its zeros and nothing is ever a formula in the workbook. That is
not enough: whoever saves it as CSV and opens that in a spreadsheet brings a text such as `=HYPERLINK(…)` to life. Such a
text therefore gets an apostrophe in front, as a character of the cell. (The apostrophe that spreadsheets hide, a property
of the cell's format, would be safe only until the first export.) `unguarded` takes it off again when the list comes back:
one apostrophe from every text that has apostrophes and then an active character in front. Text that came with apostrophes
of its own before such a character got one more, so every text comes back as it was.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from sangloc.intake import Reject, keep_workbook, layout

if TYPE_CHECKING:
    import polars as pl

SHEET, GUIDE = "Dòng bị trả lại", "Hướng dẫn"
ROW_HEADING, FAULTS_HEADING = "Dòng", "Lỗi"
# A workbook takes about 10 kB of memory a row while it is written.
MOST_ROWS = 50_000

# A reference, as `returned_ref` makes it: file, sheet, row.
REFERENCE = re.compile(r"\s*([0-9]{1,15})-([0-9]{1,4})-([0-9]{1,9})\s*")

# What a cell of a spreadsheet can hold, in characters.
_LONGEST_CELL = 32_767
_CUT_MARK = " … [đã cắt bớt]"
# A text beginning with one of these may be taken for a formula; the wide forms are the same keys of East Asian keyboards.
_ACTIVE = "=+@\t\r\n＝＋－＠-"
_GUARDED = f"^'('*[{_ACTIVE}])"
# XML knows no such characters.
_NO_CHARACTERS = {0xFFFE: None, 0xFFFF: None}
# Comments make a workbook heavy: the first ones show what the messages say of the rest.
_MOST_COMMENTS = 500

_WIDTHS = {
    "returned_ref": 18, "stt": 6, "full_name": 28, "birth_date": 13, "sex": 9, "citizen_id": 16, "insurance_no": 18,
    "guardian_id": 16, "village": 22, "groups": 24, "household_no": 9,
}  # fmt: skip
_WIDTH = 15


def unguarded(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a returned list as they were before `write_returned` made them safe."""
    import polars as pl

    return frame.with_columns(pl.selectors.string().exclude("sheet").str.replace(_GUARDED, "${1}"))


def returned_ref(file_id: int, sheet_number: int, row_number: int) -> str:
    """What tells a returned row from all others: the file's number, the sheet's (0 for CSV), the row's."""
    return f"{file_id}-{sheet_number}-{row_number}"


def references(returned_refs: pl.Series) -> pl.DataFrame:
    """What these references say, without those that are none: columns `1`, `2` and `3` with file, sheet and row as text."""
    return returned_refs.str.extract_groups(f"^{REFERENCE.pattern}$").struct.unnest().drop_nulls()


def write_returned(rejects: Iterable[Reject], file_id: int, present: Collection[str]) -> bytes:
    """The rejected rows of one list as a workbook (XLSX) for its commune, at most `MOST_ROWS` rows.

    The first sheet has a row for each rejected row: `returned_ref`, the columns of the list under the headings the
    project prefers and with the values as they came, then the row's number in the list and what is wrong with it. Faulty
    cells are coloured and, the first of them, carry the message as a comment. The second sheet is a guide for the clerk.

    Args:
        rejects: of one file; those of row 0 (of the file as a whole) are left out.
        file_id: in the register.
        present: the layout's columns that the list had.
    """
    import xlsxwriter

    faults: dict[tuple[str, int], list[Reject]] = {}
    for reject in sorted(rejects, key=lambda reject: (reject.sheet or "", reject.row_number)):
        if reject.row_number:
            faults.setdefault((reject.sheet or "", reject.row_number), []).append(reject)
    # Sheets have their numbers by name, so that the same rejects always give the same references.
    sheets = {name: number for number, name in enumerate(sorted({name for name, _ in faults if name}), start=1)}
    columns = _columns(present, {reject.column_name for found in faults.values() for reject in found})

    target = io.BytesIO()
    # In memory, so that nobody's data lies in temporary files.
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#DDEBF7", "border": 1})
    plain = book.add_format({"num_format": "@", "valign": "top"})
    fixed = book.add_format({"num_format": "@", "valign": "top", "font_color": "#808080"})
    faulty = book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FFC7CE"})
    told = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True, "font_color": "#9C0006"})

    page = book.add_worksheet(SHEET)
    headings = [layout("roster").columns[column].headings[0] for column in columns]
    for at, (column, text) in enumerate(
        zip((*columns, "row", "faults"), (*headings, ROW_HEADING, FAULTS_HEADING), strict=True)
    ):
        width = {"row": 8, "faults": 80}.get(column, _WIDTHS.get(column, _WIDTH))
        page.set_column(at, at, width, {"returned_ref": fixed, "row": fixed, "faults": told}.get(column, plain))
        page.write_string(0, at, text, heading)
    page.freeze_panes(1, 1)
    shown = dict(list(faults.items())[:MOST_ROWS])
    page.autofilter(0, 0, max(len(shown), 1), len(columns) + 1)
    comments = 0
    for line, ((sheet, row_number), found) in enumerate(shown.items(), start=1):
        wrong: dict[str, list[str]] = {}
        for reject in found:
            wrong.setdefault(reject.column_name, []).append(reject.message)
        values: dict[str, Any] = found[0].raw
        for at, column in enumerate(columns):
            if column == "returned_ref":
                # A row that came back and is still wrong stays the row of the list that it is from.
                before = REFERENCE.fullmatch(values.get(column, ""))
                mine = returned_ref(file_id, sheets.get(sheet, 0), row_number)
                page.write_string(line, at, "-".join(before.groups()) if before else mine, fixed)
                continue
            text = safe_text(str(values.get(column, "")))
            if text or column in wrong:
                page.write_string(line, at, text, faulty if column in wrong else plain)
            if column in wrong and comments < _MOST_COMMENTS:
                page.write_comment(line, at, "\n".join(wrong[column]), {"author": "Sàng Lọc", "x_scale": 2.5})
                comments += 1
        place = f"{row_number} (trang “{sheet}”)" if sheet else str(row_number)
        page.write_string(line, len(columns), place, fixed)
        page.write_string(line, len(columns) + 1, "\n".join(dict.fromkeys(reject.message for reject in found)), told)
    _write_guide(book, len(faults) - len(shown))
    book.close()
    return target.getvalue()


def _columns(present: Collection[str], faulty: Collection[str]) -> list[str]:
    wanted = layout("roster")
    shown = {*present, *wanted.required, *faulty} - {"returned_ref"}
    return ["returned_ref", *(column for column in wanted.columns if column in shown)]


def safe_text(text: str) -> str:
    """The text as a cell can hold it and as no program takes it for a formula."""
    text = text.translate(_NO_CHARACTERS)
    if text.lstrip("'").startswith(tuple(_ACTIVE)):
        text = f"'{text}"
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - len(_CUT_MARK)] + _CUT_MARK


def unguarded_text(text: str) -> str:
    """One text as it was before `safe_text` made it safe."""
    return re.sub(_GUARDED, r"\1", text)


def _write_guide(book: Any, left_out: int) -> None:
    guide = book.add_worksheet(GUIDE)
    title = book.add_format({"bold": True, "font_size": 14})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    guide.set_column(0, 0, 110, text)
    guide.write_string(0, 0, "Cách sửa và gửi lại các dòng chưa được nhận", title)
    for line, sentence in enumerate(_guide(left_out), start=1):
        guide.write_string(line, 0, sentence, text)


def _guide(left_out: int) -> list[str]:
    sentences = [
        f"1. Trang “{SHEET}” chỉ gồm những dòng chưa được nhận trong danh sách đã gửi. Các dòng khác đã được nhận, không "
        "cần gửi lại.",
        f"2. Ô tô màu đỏ là ô cần sửa. Cột “{FAULTS_HEADING}” cho biết vì sao dòng chưa được nhận và cần ghi thế nào; cột "
        f"“{ROW_HEADING}” là số dòng trong danh sách đã gửi.",
        "3. Sửa ngay trong ô. Mọi ô đều ở dạng văn bản nên số 0 ở đầu số định danh và số điện thoại được giữ nguyên.",
        "4. Không sửa, không xóa cột “Mã dòng trả lại” và không đổi tên các cột: hệ thống nhờ đó biết mỗi dòng là dòng nào. "
        f"Hai cột “{ROW_HEADING}” và “{FAULTS_HEADING}” không cần sửa; hệ thống không đọc hai cột này.",
        "5. Dòng nào không cần gửi nữa (ghi trùng, ghi nhầm, không phải người của xã) thì xóa cả dòng. Không thêm dòng mới: "
        "người mới thì ghi vào danh sách của kỳ sau.",
        "6. Lưu tệp (giữ loại .xlsx, có thể đặt tên khác) rồi chép vào đúng thư mục mà xã vẫn gửi danh sách. Chỉ gửi các dòng "
        "này, không gửi lại cả danh sách. Những người khác trong danh sách không bị ảnh hưởng.",
        "7. Dấu nháy đơn (') ở đầu một ô là do hệ thống thêm để máy tính không hiểu nhầm ô đó là công thức; cứ để nguyên.",
        "8. Danh sách có thông tin cá nhân: chỉ lưu và gửi bằng phương tiện được phép, xóa bản sao khi không cần nữa.",
    ]
    if left_out:
        sentences.append(
            f"9. Còn {left_out} dòng khác cũng chưa được nhận nhưng không ghi ở đây, vì tệp chỉ ghi được {MOST_ROWS} dòng. Khi "
            "số dòng sai nhiều như vậy, nên sửa danh sách gốc rồi gửi lại cả danh sách."
        )
    return sentences


def keep_returned(slug: str, commune_code: str, file_id: int, content: bytes) -> str:
    """Lay a workbook of `write_returned` into the landing zone for its commune; a second time replaces it.

    Returns:
        Its place, relative to the landing zone: `<slug>/returned/roster/<commune_code>/<file_id>-dong-bi-tra-lai.xlsx`.

    Raises:
        RefusedInputError: as `keep_workbook`.
    """
    return keep_workbook(slug, commune_code, f"{file_id}-dong-bi-tra-lai.xlsx", content)
