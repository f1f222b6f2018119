"""Lists as senders really write them."""

import io
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from sangloc.intake import FileRefused, read_table

HEADER = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD"]
ROWS = [["1", "Nông Văn An", "05/03/1980", "Nam", "020080001234"], ["2", "Lý Thị Bình", "1985", "Nữ", ""]]


def csv_bytes(rows: list[list[str]], separator: str = ",", encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    return end.join(separator.join(f'"{c}"' if separator in c else c for c in row) for row in rows).encode(encoding)


def xlsx_bytes(sheets: dict[str, list[list[Any]]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "dd/mm/yyyy"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target.getvalue()


def seen(content: bytes, name: str = "x.csv") -> list[tuple[int, str, str, str]]:
    return [
        (row["row_number"], row["full_name"], row["birth_date"], row["citizen_id"])
        for row in read_table(content, name, "roster").rows()
    ]


EXPECTED = [(2, "Nông Văn An", "05/03/1980", "020080001234"), (3, "Lý Thị Bình", "1985", "")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_csv_variants(separator: str, encoding: str, end: str) -> None:
    assert seen(csv_bytes([HEADER, *ROWS], separator, encoding, end)) == EXPECTED


def test_headings_in_another_order_and_wording() -> None:
    content = csv_bytes(
        [
            ["CCCD/MÃ ĐỊNH DANH", "Ngày, tháng, năm sinh", "nam / nữ", "Cột lạ", "Họ, chữ đệm và tên"],
            ["020080001234", "05/03/1980", "Nam", "?", "Nông Văn An"],
        ]
    )
    assert seen(content) == EXPECTED[:1]


def test_title_lines_blank_lines_and_short_rows_keep_row_numbers() -> None:
    content = "DANH SÁCH NHÂN KHẨU\n\n" + csv_bytes([HEADER], ";").decode() + "\n\n1;Nông Văn An;1980\n;;;;\n2;Lý;1985;Nữ;;;;\n"
    assert [(row[0], row[1]) for row in seen(content.encode())] == [(5, "Nông Văn An"), (7, "Lý")]


def test_quoted_separator_line_break_and_stray_quotation_mark() -> None:
    content = ",".join(HEADER) + '\n1,"Nông, Văn\nAn",1980,Nam,\n2,Lý "Bé" Hai,1985,Nữ,\n'
    assert [(row[0], row[1]) for row in seen(content.encode())] == [(2, "Nông, Văn\nAn"), (3, 'Lý "Bé" Hai')]


def test_an_unclosed_quotation_mark_refuses_the_file_instead_of_swallowing_people() -> None:
    content = ",".join(HEADER) + '\n1,"Nông Văn An,1980,Nam,\n' + "".join(f"{n},Lý Hai,1985,Nữ,\n" for n in range(2, 40))
    with pytest.raises(FileRefused) as refused:
        seen(content.encode())
    assert refused.value.reason_code == "quotes_unbalanced"


def test_spreadsheet_cells_of_every_kind() -> None:
    rows = [
        HEADER,
        [1, "Nông Văn An", date(1980, 3, 5), "Nam", 20080001234],
        [2.0, "Lý Thị Bình", 1985, "Nữ", None],
        [3, "Hoàng Văn Cao", 29285, "Nam", "020080001235"],
        [4, "Bế Thị Dung", datetime(1990, 12, 31, 0, 0), "Nữ", 1080001234.0],  # noqa: DTZ001
    ]
    assert seen(xlsx_bytes({"Sheet1": rows}), "x.xlsx") == [
        (2, "Nông Văn An", "1980-03-05", "020080001234"),
        (3, "Lý Thị Bình", "1985", ""),
        (4, "Hoàng Văn Cao", "1980-03-05", "020080001235"),
        (5, "Bế Thị Dung", "1990-12-31", "001080001234"),
    ]


def test_every_sheet_with_headings_is_read_and_others_are_left_out() -> None:
    content = xlsx_bytes({"Hướng dẫn": [["Đọc kỹ"]], "Thôn 1": [HEADER, ROWS[0]], "Thôn 2": [["x"], HEADER, ROWS[1]]})
    table = read_table(content, "x.xlsx", "roster")
    assert [(row["sheet"], row["row_number"], row["full_name"]) for row in table.rows()] == [
        ("Thôn 1", 2, "Nông Văn An"),
        ("Thôn 2", 3, "Lý Thị Bình"),
    ]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"a,b,c\n1,2,3\n", "x.csv", "header_unrecognised"),
        (b"", "x.csv", "header_unrecognised"),
        (("x\n" * 10).encode() + csv_bytes([HEADER, *ROWS]), "x.csv", "header_unrecognised"),
        ("Họ và tên,Ngày sinh\n".encode("cp1258", "replace") + b"\xff\xfe\xfa", "x.csv", "encoding_unknown"),
        (b"PK\x03\x04 broken", "x.xlsx", "unreadable"),
        (b"%PDF-1.7", "x.pdf", "format_unknown"),
    ],
)
def test_refused_as_a_whole(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_table(content, name, "roster")
    assert refused.value.reason_code == reason


def test_refusal_names_what_is_missing_and_quotes_nothing() -> None:
    content = csv_bytes([["Họ và tên", "Ngày sinh", "Số CCCD", "Bí mật Nông Văn An"], ["Nông Văn An", "1980", "", ""]])
    with pytest.raises(FileRefused) as refused:
        read_table(content, "x.csv", "roster")
    message = str(refused.value)
    assert "thiếu cột: “Giới tính”." in message
    assert refused.value.column_name == "sex"
    assert "Nông" not in message and "Bí mật" not in message


def test_exam_lists_have_their_own_headings() -> None:
    content = csv_bytes([["Mã lượt khám", "Họ tên", "Năm sinh", "Ngày khám"], ["K1", "Nông Văn An", "2010", "03/09/2026"]])
    (row,) = read_table(content, "x.csv", "exam").rows()
    assert (row["ma_lk"], row["exam_date"], row["payer_code"]) == ("K1", "03/09/2026", "")
