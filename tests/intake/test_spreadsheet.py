"""Small spreadsheets that would take all memory are refused before they are opened."""

import io
import os
import resource
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from intake.written import compound_file, xls_bytes, xls_stream
from sangloc.intake import FileRefused, read_table, reason_message

HEADER = ["Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD"]
PERSON = ["Nông Văn An", "1980", "Nam", "020080001234"]


def xlsx(stray: tuple[int, int] | None = None, sheets: int = 1) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for _ in range(sheets):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, PERSON)
            if stray:
                sheet.write(*stray, "x")
    return target.getvalue()


def changed(content: bytes, member: str, *replace: tuple[bytes, bytes], rename: str | None = None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == member:
                for before, after in replace:
                    assert before in data
                    data = data.replace(before, after)
                name = rename or name
            new.writestr(name, data)
    return target.getvalue()


def added(content: bytes, name: str, data: bytes) -> bytes:
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return target.getvalue()


def refused(content: bytes) -> tuple[str, str]:
    with pytest.raises(FileRefused) as error:
        read_table(content, "x.xlsx", "roster")
    return error.value.reason_code, str(error.value)


SHEET = "xl/worksheets/sheet1.xml"
FAR = ("unreadable", reason_message("spreadsheet_cells"))
LARGE = ("unreadable", reason_message("spreadsheet_too_large"))
UNREADABLE = ("unreadable", reason_message("unreadable"))


def far_cell_refused_in_little_memory(path: Path) -> None:
    """Runs in a process of its own, which may take 2 GB: opened, the file asks for hundreds."""
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    assert refused(path.read_bytes()) == FAR


def test_a_stray_cell_in_the_last_corner(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(xlsx(stray=(1_048_575, 16_383)))
    assert (tmp_path / "x.xlsx").stat().st_size < 10_000
    program = (
        "import importlib.util, pathlib, sys\n"
        "spec = importlib.util.spec_from_file_location('spreadsheet_cases', sys.argv[1])\n"
        "cases = importlib.util.module_from_spec(spec); spec.loader.exec_module(cases)\n"
        "cases.far_cell_refused_in_little_memory(pathlib.Path(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, __file__, str(tmp_path / "x.xlsx")],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


# A file that gets past the check would take the memory of this machine: these are small enough to be opened.
@pytest.mark.parametrize(
    "content",
    [
        xlsx(stray=(1_048_575, 19)),
        xlsx(stray=(599_999, 11), sheets=3),
        changed(xlsx(stray=(1_048_575, 19)), SHEET, (b'r="T1048576"', b"r = 't1048576'")),
        changed(xlsx(stray=(1_048_575, 19)), SHEET, (b'<c r="T1048576"', b'<c r="S1048576"/><c')),
        changed(xlsx(stray=(2, 16_383)), SHEET, (b'<row r="3"', b'<row r="9999"'), (b'r="XFD3"', b'r="XFD9999"')),
    ],
    ids=["far", "sum of sheets", "other quotes and case", "cell without reference", "wide"],
)
def test_far_cells_however_written(content: bytes) -> None:
    assert refused(content) == FAR


def test_a_sheet_of_usual_size_is_read() -> None:
    (row,) = read_table(xlsx(), "x.xlsx", "roster").rows()
    assert row["full_name"] == PERSON[0]
    # One stray cell some way off is no reason to refuse a commune's list.
    assert len(list(read_table(xlsx(stray=(9_999, 99)), "x.xlsx", "roster").rows())) == 1


def xls_with(*records: bytes, sheets: int = 1) -> bytes:
    """A workbook of Excel 97 with more records before the end of each sheet."""
    stream = xls_stream({f"T{number}": [HEADER, PERSON] for number in range(sheets)})
    end = struct.pack("<HH", 0x000A, 0)
    head, *parts = stream.split(end)
    return compound_file({"Workbook": head + end + end.join(part + b"".join(records) for part in parts[:-1]) + end})


def number_at(row: int, column: int) -> bytes:
    return struct.pack("<HHHHHd", 0x0203, 14, row, column, 0, 1.0)


@pytest.mark.parametrize(
    "content",
    [
        xls_with(number_at(65_535, 65_535)),
        xls_with(number_at(65_535, 255), sheets=2),
        xls_with(struct.pack("<HHIIHHH", 0x0200, 14, 0, 2**31, 0, 256, 0)),
        xls_with(struct.pack("<HHHHHHH", 0x0200, 10, 0, 65_535, 0, 65_535, 0)),
        xls_with(struct.pack("<HHHHHIHIH", 0x00BD, 18, 65_535, 0, 0, 0, 0, 0, 400)),
    ],
    ids=["far", "sum of sheets", "dimensions", "dimensions of Excel 95", "several cells in one"],
)
def test_far_cells_of_xls(content: bytes) -> None:
    assert refused(content) == FAR


def test_an_xls_file_of_usual_size_is_read() -> None:
    for content in (xls_bytes({"a": [HEADER, PERSON]}), xls_with(number_at(9_999, 99))):
        (row,) = read_table(content, "x.xls", "roster").rows()
        assert row["full_name"] == PERSON[0]


def test_an_xls_file_that_is_damaged() -> None:
    good = xls_bytes({"a": [HEADER, PERSON]})
    circle = bytearray(good)
    # The table of followers is the last sector; the first stream's first sector follows itself.
    circle[-512:-508] = struct.pack("<I", 0)
    for content in (bytes(circle), good[:300], good[:1500], good[:8] + bytes(600), good[:48] + b"\xff\x00\x00\x00" + good[52:]):
        assert refused(content) == UNREADABLE


def test_a_length_of_time_without_end() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for row in range(1, 60):
            sheet.write_row(row, 0, PERSON)
        sheet.write(59, 1, 1e300, book.add_format({"num_format": "[h]:mm:ss"}))
    assert refused(target.getvalue()) == UNREADABLE


def test_a_password_is_said_to_be_one() -> None:
    password = ("unreadable", reason_message("spreadsheet_password"))
    assert refused(compound_file({"EncryptionInfo": b"x", "EncryptedPackage": b"x"})) == password
    assert refused(xls_with(struct.pack("<HHH", 0x002F, 2, 0))) == password


def test_what_unpacks_to_too_much() -> None:
    assert refused(added(xlsx(), "xl/media/image1.png", bytes(40_000_000))) == LARGE
    assert len(list(read_table(added(xlsx(), "xl/media/image1.png", bytes(5_000_000)), "x.xlsx", "roster").rows())) == 1


def test_what_unpacks_to_more_than_it_says() -> None:
    content = added(xlsx(), "xl/media/image1.png", bytes(40_000_000))
    lying = content.replace((40_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lying != content
    assert refused(lying) == UNREADABLE


@pytest.mark.parametrize("begins", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_file_over_the_limit(begins: bytes) -> None:
    assert refused(begins + bytes(100_000_000)) == LARGE


def test_what_cannot_be_checked_is_not_opened() -> None:
    good = xlsx()
    doctype = changed(good, SHEET, (b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet'))
    assert refused(doctype) == UNREADABLE
    assert refused(changed(good, SHEET, rename="xl/worksheets/sheet1.dat")) == UNREADABLE
    assert refused(added(good, "content.xml", b"<x/>")) == ("format_unknown", reason_message("format_unknown"))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert refused(other.getvalue())[0] == "format_unknown"
    # Drawings beside the sheets are often not well-formed; they are nobody's sheet.
    assert len(list(read_table(added(good, "xl/drawings/vmlDrawing1.vml", b"<br>"), "x.xlsx", "roster").rows())) == 1
