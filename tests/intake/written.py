"""Lists as the programs of senders write them: CSV in old encodings, XLSX and XLS."""

from __future__ import annotations

import csv
import io
import struct
import subprocess
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

Rows = Sequence[Sequence[Any]]

_SERIAL_ZERO = date(1899, 12, 30)

# The heading of a ward's form of 36 columns: four lines with merged cells.
WARD_HEADER = [
    [
        "STT", "Họ và tên", "Họ tên chủ hộ", "Giới tính", "", "Ngày, tháng, năm sinh", "Số CCCD/Định danh cá nhân",
        "Tình trạng cư trú theo VNeID", "", "", "Số điện thoại (của người giám hộ nếu < 18 tuổi)", "Nhóm 1", "", "", "",
        "Nhóm 2: Học sinh", "", "Nhóm 3: Người lao động", "Nhóm 4: Lực lượng vũ trang", "Nhóm 5: Các đối tượng khác", "", "",
        "Đã khám sức khỏe từ 1/2026", "Đăng ký khám", *[""] * 12,
    ],
    [
        "", "", "", "Nam", "Nữ", "", "", "Thường trú", "Tạm trú", "", "", "Cao tuổi", "Khuyết tật", "Nghèo/cận nghèo",
        "Mạn tính", "Trong phường", "Ngoài phường", "", "", "< 6 tuổi", "6–18 tuổi", "> 18 tuổi", "", "KSK định kỳ",
        "Khám sàng lọc", *[""] * 11,
    ],
    [
        *[""] * 8, "≥ 12 tháng", "< 12 tháng", *[""] * 14, "Tăng huyết áp", "ĐTĐ típ 2", "Hen", "COPD", "K vú", "K cổ tử cung",
        "K khoang miệng", "K đại trực tràng", "K tuyến tiền liệt", "Trầm cảm", "Lo âu", "Rối loạn tâm thần do rượu",
    ],
    [str(number) for number in range(1, 37)],
]  # fmt: skip


def csv_text(rows: Rows, separator: str = ",", end: str = "\r\n") -> str:
    """Rows as a CSV file's text."""
    target = io.StringIO()
    csv.writer(target, delimiter=separator, lineterminator=end).writerows(rows)
    return target.getvalue()


def in_tcvn3(text: str) -> bytes:
    """`text` as a program with a .VnTime font stores it; glibc knows the standard, and so checks our table."""
    done = subprocess.run(["iconv", "-f", "UTF-8", "-t", "TCVN5712-1"], input=text.encode(), capture_output=True, check=True)
    return done.stdout


def in_tcvn3_fonts(text: str) -> str:
    """`text` as a spreadsheet holds it whose cells have a .VnTime font: Latin-1 characters. Toned capitals become small."""
    small = "".join(letter.lower() if letter not in "ĂÂÊÔƠƯĐ" and not letter.isascii() else letter for letter in text)
    return in_tcvn3(small).decode("latin-1")


def in_windows_1258(text: str) -> bytes:
    """`text` in Windows-1258, in which tones are characters of their own but for a few vowels."""
    result = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            result += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, *marks = unicodedata.normalize("NFD", letter)
            tone = marks.pop(next(place for place, mark in enumerate(marks) if mark in "\u0300\u0301\u0303\u0309\u0323"))
            result += (unicodedata.normalize("NFC", base + "".join(marks)) + tone).encode("cp1258")
    return result


def xlsx_bytes(sheets: Mapping[str, Rows], *, merged: Sequence[str] = (), hidden: Sequence[str] = ()) -> bytes:
    """A workbook with these sheets, dates as real ones; `merged` are ranges of the first sheet (“A1:C1”)."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "dd/mm/yyyy"}) as book:
        for number, (name, rows) in enumerate(sheets.items()):
            sheet = book.add_worksheet(name)
            for place in merged if number == 0 else ():
                sheet.merge_range(place, "")
            for line, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is not None and value != "":
                        sheet.write_string(line, column, value) if isinstance(value, str) else sheet.write(line, column, value)
            if name in hidden:
                sheet.hide()
    return target.getvalue()


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _cell(row: int, column: int, value: Any) -> bytes:
    if isinstance(value, date):
        return _record(0x0203, struct.pack("<HHHd", row, column, 1, (value - _SERIAL_ZERO).days))
    if isinstance(value, int | float):
        return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + value.encode("utf-16-le"))


def xls_stream(sheets: Mapping[str, Rows], *, hidden: Sequence[str] = ()) -> bytes:
    """The records of an Excel 97 workbook (BIFF8)."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    formats = [_record(0x00E0, struct.pack("<HHH14x", 0, number, 0)) for number in (0, 14)]
    parts = [
        _record(0x0809, begin[:2] + struct.pack("<H", 0x0010) + begin[4:])
        + b"".join(
            _cell(line, column, value)
            for line, row in enumerate(rows)
            for column, value in enumerate(row)
            if value not in (None, "")
        )
        + _record(0x000A)
        for rows in sheets.values()
    ]

    def globals_with(offsets: Sequence[int]) -> bytes:
        bounds = [
            _record(0x0085, struct.pack("<IBBBB", offset, name in hidden, 0, len(name), 1) + name.encode("utf-16-le"))
            for name, offset in zip(sheets, offsets, strict=True)
        ]
        return _record(0x0809, begin) + b"".join((*formats, *bounds)) + _record(0x000A)

    start = len(globals_with([0] * len(parts)))
    offsets = [start + sum(map(len, parts[:number])) for number in range(len(parts))]
    return globals_with(offsets) + b"".join(parts)


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (OLE) of streams, each in whole sectors of 512 bytes."""
    sectors: list[bytes] = []
    followers: list[int] = []
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0)]

    def store(data: bytes) -> int:
        first, count = len(sectors), max(-(-len(data) // 512), 1)
        sectors.extend(data[at * 512 : (at + 1) * 512].ljust(512, b"\0") for at in range(count))
        followers.extend([*range(first + 1, first + count), 0xFFFFFFFE])
        return first

    for name, data in streams.items():
        entries.append((name, 2, store(data.ljust(4096, b"\0")), max(len(data), 4096)))
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3I", 2 * len(name) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, 1 if kind == 5 else 0xFFFFFFFF)
        + bytes(36)
        + struct.pack("<IQ", first, size)
        for name, kind, first, size in entries
    )
    first_directory = store(directory)
    # The table of followers lists its own sectors too.
    count = 1
    while (len(sectors) + count) > count * 128:
        count += 1
    table = [*followers, *[0xFFFFFFFD] * count]
    first_table = len(sectors)
    packed = struct.pack(f"<{len(table)}I", *table).ljust(count * 512, b"\xff")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<IIIIIIIII", 0, count, first_directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    )  # fmt: skip
    listed = [first_table + number for number in range(count)]
    assert len(listed) <= 109
    return header + struct.pack("<109I", *listed, *[0xFFFFFFFF] * (109 - count)) + b"".join(sectors) + packed


def xls_bytes(sheets: Mapping[str, Rows], *, hidden: Sequence[str] = ()) -> bytes:
    """An Excel 97 workbook (XLS) with these sheets."""
    return compound_file({"Workbook": xls_stream(sheets, hidden=hidden)})
