"""Whatever arrives, reading it ends in a table or in a refusal; and what was read can be written and read again."""

from __future__ import annotations

import functools
import io
import unicodedata
import zipfile

import hypothesis.strategies as st
from hypothesis import HealthCheck, example, given, settings

from intake.written import csv_text, in_tcvn3, in_windows_1258, xls_bytes, xlsx_bytes
from sangloc.intake import FileRefused, layout, read_table

# The same examples in every run, however slow the machine is.
STEADY = settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))

TITLE = ["DANH SÁCH THÁNG 11 NĂM 2026"]
HEADER = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Đối tượng"]
ROWS = [
    ["1", "Nông Văn An", "05/03/1980", "Nam", "020080001234", "Người cao tuổi; Khuyết tật"],
    ["2", "Lý Thị Bình", "1985", "Nữ", "", ""],
    ["3", 'Bế "Tý" Hai, Ba', "29285", "Nữ", "20185001234", "Hộ nghèo"],
    ["", "Tổng cộng", "", "", "", ""],
]


@functools.cache
def valid_files() -> list[tuple[bytes, str]]:
    text = csv_text([TITLE, HEADER, *ROWS])
    rows = [TITLE, HEADER, *ROWS]
    return [
        (text.encode(), "x.csv"),
        (text.encode("utf-16"), "x.csv"),
        (in_tcvn3(text), "x.csv"),
        (in_windows_1258(text), "x.csv"),
        (csv_text(rows, ";").encode("utf-8-sig"), "x.txt"),
        (xlsx_bytes({"a": rows, "b": rows}), "x.xlsx"),
        (xls_bytes({"a": rows, "b": rows}), "x.xls"),
    ]


def read_or_refused(content: bytes, name: str, layout_name: str = "roster") -> None:
    try:
        table = read_table(content, name, layout_name)
    except FileRefused as error:
        assert str(error)
    else:
        assert set(layout(layout_name).columns) < set(table.frame.columns)
        assert not any(table.frame.null_count().drop("sheet").row(0))


@STEADY
@given(
    st.binary(max_size=3000), st.sampled_from(["x.csv", "x.xlsx", "x.xls", "x.pdf", ""]), st.sampled_from(["roster", "exam"])
)
@example(b"PK\x03\x04", "x.csv", "roster")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "x.xls", "roster")
@example(b"\xff\xfe\x00", "x.csv", "roster")
@example(b'"', "x.csv", "roster")
def test_arbitrary_bytes(content: bytes, name: str, layout_name: str) -> None:
    read_or_refused(content, name, layout_name)


def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["change", "cut", "insert", "repeat", "zero"]))
        if kind == "change" and place < len(data):
            data[place] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[place : place + draw(st.integers(1, 600))]
        elif kind == "insert":
            data[place:place] = draw(st.binary(min_size=1, max_size=40))
        elif kind == "repeat":
            data[place:place] = data[place : place + draw(st.integers(1, 600))]
        elif place + 8 <= len(data):
            data[place : place + 8] = bytes(8) if draw(st.booleans()) else b"\xff" * 8
    return bytes(data)


@st.composite
def damaged_files(draw: st.DrawFn) -> tuple[bytes, str]:
    content, name = draw(st.sampled_from(valid_files()))
    return damaged(draw, content), name


@st.composite
def damaged_members(draw: st.DrawFn) -> bytes:
    """A sound ZIP file of which one XML file is not."""
    content = next(content for content, name in valid_files() if name == "x.xlsx")
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        members = {name: old.read(name) for name in old.namelist()}
        chosen = draw(st.sampled_from(sorted(members)))
        for name, data in members.items():
            new.writestr(name, damaged(draw, data) if name == chosen else data)
    return target.getvalue()


@STEADY
@given(damaged_files())
def test_damaged_files(file: tuple[bytes, str]) -> None:
    read_or_refused(*file)


@STEADY
@given(damaged_members())
def test_damaged_insides_of_a_spreadsheet(content: bytes) -> None:
    read_or_refused(content, "x.xlsx")


def cells(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    text = st.text(alphabet, max_size=12)
    return st.lists(st.tuples(*[text] * len(HEADER)).map(list), max_size=12)


ANY_LETTER = st.characters(exclude_categories=["Cs"])
ODD_LETTER = st.sampled_from("aÂấ đ0123456789/.-,;\t\"'\n\r=+@xX×✓½«\u00a8\u200b\u202e\ufeff\u0301EeN")


@STEADY
@given(st.one_of(cells(ANY_LETTER), cells(ODD_LETTER)), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]))
def test_arbitrary_cells(rows: list[list[str]], separator: str, end: str) -> None:
    read_or_refused(csv_text([HEADER, *rows], separator, end).encode(), "x.csv")


@STEADY
@given(st.one_of(cells(ANY_LETTER), cells(ODD_LETTER)), st.sampled_from(",;\t"))
@example([["1", "Nông\r\nVăn An", "1980", "", "", ""]], ",")
@example([["1", 'Nông "Văn"', "1980", '"', "", ""]], ";")
def test_what_was_read_can_be_written_and_read_again(rows: list[list[str]], separator: str) -> None:
    try:
        first = read_table(csv_text([HEADER, *ROWS[:2], *rows], separator).encode(), "x.csv", "roster")
    except FileRefused:
        return
    columns = layout("roster").columns
    headings = [column.headings[0] for column in columns.values()]
    written = csv_text([headings, *first.frame.select(list(columns)).rows()])
    second = read_table(written.encode(), "x.csv", "roster")
    assert second.frame.select(list(columns)).rows() == first.frame.select(list(columns)).rows()


@STEADY
@given(
    st.lists(
        st.sampled_from(["Nông", "Văn", "Hữu", "Thị", "Thưởng", "Đặng", "Quỳnh", "An", "Lê", "Hà"]), min_size=1, max_size=30
    )
)
def test_old_encodings_give_the_text_that_was_written(words: list[str]) -> None:
    rows = [["1", " ".join(words[start : start + 3]), "1980", "Nữ", "", ""] for start in range(0, len(words), 3)]
    text = csv_text([HEADER, *rows])
    expected = [row[1] for row in rows]
    for content in (
        in_tcvn3(text),
        in_windows_1258(text),
        text.encode("utf-16-le"),
        unicodedata.normalize("NFD", text).encode(),
    ):
        names = read_table(content, "x.csv", "roster").frame["full_name"]
        assert [unicodedata.normalize("NFC", name) for name in names] == expected
