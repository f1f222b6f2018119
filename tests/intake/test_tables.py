"""Lists as senders really write them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from intake.written import WARD_HEADER, Rows, csv_text, in_tcvn3, in_tcvn3_fonts, in_windows_1258, xls_bytes, xlsx_bytes
from sangloc.intake import FileRefused, Table, layout, read_table

HEADER = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD"]
ROWS = [["1", "Nông Văn An", "05/03/1980", "Nam", "020080001234"], ["2", "Lý Thị Bình", "1985", "Nữ", ""]]
EXPECTED = [(2, "Nông Văn An", "05/03/1980", "020080001234"), (3, "Lý Thị Bình", "1985", "")]


def table_of(rows: Rows, name: str = "x.csv") -> Table:
    return read_table(csv_text(rows).encode(), name, "roster")


def seen(content: bytes, name: str = "x.csv") -> list[tuple[int, str, str, str]]:
    return [
        (row["row_number"], row["full_name"], row["birth_date"], row["citizen_id"])
        for row in read_table(content, name, "roster").rows()
    ]


def columns(table: Table, *names: str) -> list[tuple[str, ...]]:
    return table.frame.select(names).rows()


def refusal(content: bytes, name: str = "x.csv") -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        read_table(content, name, "roster")
    return refused.value


# Encodings of whole files

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-8 with BOM": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be with BOM": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16-le without BOM": lambda text: text.encode("utf-16-le"),
    "utf-16-be without BOM": lambda text: text.encode("utf-16-be"),
    "windows-1258": in_windows_1258,
    "tcvn3": in_tcvn3,
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_csv_variants(separator: str, encoding: str, end: str) -> None:
    found = seen(ENCODINGS[encoding](csv_text([HEADER, *ROWS], separator, end)))
    assert [tuple(unicodedata.normalize("NFC", str(cell)) for cell in row) for row in found] == [
        tuple(map(str, row)) for row in EXPECTED
    ]


@pytest.mark.parametrize("encoding", ["windows-1258", "tcvn3"])
def test_the_encoding_is_that_of_the_file_and_not_of_a_cell(encoding: str) -> None:
    # Names without a letter outside ASCII, or with one that is another letter in the other encoding.
    names = ["An", "Ma A Pao", "Hà", "Lê Tú", "Lý Tý", "Võ Thúy", "Bế Ô"]
    content = ENCODINGS[encoding](csv_text([HEADER, *([str(n), name, "1980", "Nữ", ""] for n, name in enumerate(names))]))
    assert [row[1] for row in seen(content)] == names


def test_capitals_of_a_tcvn3_font() -> None:
    # Its toned capitals are small letters in a font of capitals: NGUYễN with the capitals' key, nguyễn without it.
    content = in_tcvn3(csv_text([HEADER, ["1", "NGUYễN THị á", "1980", "Nữ", ""], ["2", "Đỗ ánh", "1981", "Nữ", ""]]))
    assert [row[1] for row in seen(content)] == ["NGUYỄN THỊ Á", "Đỗ ánh"]


def test_text_in_no_known_encoding_is_refused() -> None:
    vni = csv_text([["STT", "Hoï vaø teân", "Ngaøy sinh", "Giôùi tính"], ["1", "Nguyeãn Vaên Höõu", "1980", "Nöõ"]])
    assert refusal(vni.encode("latin-1")).reason_code == "encoding_unknown"
    assert refusal(ENCODINGS["utf-8"](csv_text([HEADER, *ROWS]))[:-8] + b"\xff\xfe\xfa").reason_code == "encoding_unknown"
    assert refusal(b"\xff\xfe" + b"\x00\xd8" * 3).reason_code == "encoding_unknown"
    assert refusal(bytes(range(128, 256)) * 20).reason_code == "encoding_unknown"


# Encodings of columns

UNICODE_NAMES = ["Lê Hà", "Nông Văn An", "An", "Vũ Thị Thúy", "Tô Hoài", "Lý Ý", "Đỗ Ơn"]


def sheet_with(names: list[str], sexes: list[str], heading: str = "Họ và tên") -> bytes:
    rows = [["STT", heading, "Ngày sinh", "Giới tính", "Số CCCD"]]
    rows += [[str(n), name, "1980", sex, ""] for n, (name, sex) in enumerate(zip(names, sexes, strict=True))]
    return xlsx_bytes({"Sheet1": rows})


@pytest.mark.parametrize("heading", ["Họ và tên", in_tcvn3_fonts("Họ và tên")])
def test_one_column_of_a_spreadsheet_in_a_tcvn3_font(heading: str) -> None:
    content = sheet_with([in_tcvn3_fonts(name) for name in UNICODE_NAMES], ["Nữ"] * 7, heading)
    table = read_table(content, "x.xlsx", "roster")
    assert columns(table, "full_name", "sex") == [
        (name, "Nữ") for name in ["Lê Hà", "Nông Văn An", "An", "Vũ Thị Thúy", "Tô Hoài", "Lý ý", "Đỗ Ơn"]
    ]


def test_a_whole_sheet_in_a_tcvn3_font_with_title_and_totals() -> None:
    rows = [["Danh sách tháng 11 năm 2026"], HEADER, *ROWS, ["", "Tổng cộng: 2 người"], ["", "Người lập biểu"], ["", "Vũ Đức"]]
    table = read_table(xlsx_bytes({"a": [[in_tcvn3_fonts(cell) for cell in row] for row in rows]}), "x.xlsx", "roster")
    assert columns(table, "full_name", "sex") == [("Nông Văn An", "Nam"), ("Lý Thị Bình", "Nữ")]
    assert (table.title, table.period) == ("Danh sách tháng 11 năm 2026", (2026, 11))


def test_the_same_in_csv_that_was_saved_as_unicode() -> None:
    names = [in_tcvn3_fonts(name) for name in UNICODE_NAMES[1:4]]
    assert columns(table_of([HEADER, *(["1", name, "1980", "Nữ", ""] for name in names)]), "full_name") == [
        ("Nông Văn An",), ("An",), ("Vũ Thị Thúy",)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        UNICODE_NAMES,
        # All letters of these are in Latin-1, and most would read as Vietnamese in TCVN3 too.
        ["Lê Tú", "Võ Cúc", "Lý Vân", "Vũ Phúc", "Hà Lê", "Tú", "Đô"],
        ["An", "Minh", "H'Hen", "Y Bom", "Ma A Pao", "Lo", "Vi"],
        # A slip, and signs that are letters in TCVN3.
        ["Nông Vìn ®", "Lê ½", "Hoàng °C", "Trần ×", "Đỗ «An»", "Tạ", "Bế"],
        ["Thạch Sô Phia", "Đinh Đrăp", "Rơ Châm Ơn", "Siu Blơih", "Ksor Djuê", "Niê", "Y Jŭt"],
    ],
)
def test_unicode_is_never_converted(names: list[str]) -> None:
    table = read_table(sheet_with(names, ["Nam", "Nữ", "×", "ø", "Nam", "N", "nữ"]), "x.xlsx", "roster")
    assert [row[0] for row in columns(table, "full_name")] == names
    assert [row[0] for row in columns(table, "sex")] == ["Nam", "Nữ", "×", "ø", "Nam", "N", "nữ"]


def test_a_column_in_both_is_refused_and_a_few_slips_are_left_to_the_rows() -> None:
    old = [in_tcvn3_fonts(name) for name in ("Nông Văn Hữu", "Trần Thị Thưởng", "Đặng Lỗi")]
    error = refusal(sheet_with([*old, "Nguyễn Thị Hòa", "Phạm Lợi"], ["Nam"] * 5), "x.xlsx")
    assert (error.reason_code, error.column_name) == ("encoding_mixed", "full_name")
    assert "“Họ và tên”" in str(error) and "Hòa" not in str(error)
    more = "Hòa Lợi Thưởng Bưởi Mận Đào Quế Hồng Lựu Cúc Huệ Thúy Dậu Tỵ Ngọ Mùi Sửu Dần Mão"
    many = [f"Nguyễn Thị {name}" for name in more.split()]
    table = read_table(sheet_with([*many, old[2]], ["Nữ"] * (len(many) + 1)), "x.xlsx", "roster")
    assert columns(table, "full_name")[-1] == (old[2],)


# Headers


def test_headings_in_another_order_and_wording() -> None:
    content = csv_text(
        [
            ["CCCD/MÃ ĐỊNH DANH", "Ngày, tháng, năm sinh", "nam / nữ", "Cột lạ", "Họ, chữ đệm và tên"],
            ["020080001234", "05/03/1980", "Nam", "?", "Nông Văn An"],
        ]
    )
    assert seen(content.encode()) == EXPECTED[:1]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("1. Họ và tên (*)", "full_name"),
        ("(2) Họ, chữ đệm và tên khai sinh", "full_name"),
        ("HO VA TEN", "full_name"),
        ("Họ tên\nnhân khẩu", "full_name"),
        ("Sinh ngày", "birth_date"),
        ("Ngày tháng năm sinh (dd/mm/yyyy)", "birth_date"),
        ("Số căn cước công dân", "citizen_id"),
        ("Số CCCD/Định danh cá nhân", "citizen_id"),
        ("Số CCCD\n(12 số)", "citizen_id"),
        ("Giới tính (Nam/Nữ)", "sex"),
        ("SĐT (của người giám hộ nếu dưới 18 tuổi)", "phone"),
        ("Nơi ở hiện nay", "village"),
        ("Tình trạng cư trú theo VNeID", "residence"),
        ("Thuộc đối tượng", "groups"),
        ("Loại biến động", "change"),
        ("TĂNG, GIẢM", "change"),
        ("Mã dòng trả lại", "returned_ref"),
        ("Xã, phường", "commune"),
        ("Mã xã", "commune"),
        ("CCCD bố/mẹ", "guardian_id"),
    ],
)
def test_wordings(heading: str, column: str) -> None:
    rest = [name for name in HEADER if layout("roster").columns[column].headings[0] != name]
    table = table_of([[*rest, heading], [*["1", "Nông Văn An", "1980", "Nam", "020080001234"][: len(rest)], "giá trị"]])
    assert column in table.present
    assert columns(table, column) == [("giá trị",)]


def test_title_lines_blank_lines_and_short_rows_keep_row_numbers() -> None:
    content = "DANH SÁCH NHÂN KHẨU\n\n" + ";".join(HEADER) + "\n\n\n1;Nông Văn An;1980\n;;;;\n2;Lý;1985;Nữ;;;;\n"
    assert [(row[0], row[1]) for row in seen(content.encode())] == [(6, "Nông Văn An"), (8, "Lý")]


def test_a_header_within_thirty_rows_and_none_below() -> None:
    assert len(table_of([["x"]] * 29 + [HEADER, *ROWS]).frame) == 2
    assert refusal(csv_text([["x"]] * 34 + [HEADER, *ROWS]).encode()).reason_code == "header_unrecognised"


def test_three_rows_of_headings_with_birth_dates_in_columns_of_men_and_women() -> None:
    header = [
        [
            "STT",
            "Họ và tên",
            "Ngày, tháng, năm sinh",
            "",
            "Số CCCD",
            "Cư trú theo VNeID",
            "",
            "",
            "Đối tượng",
            "",
            "",
            "Ghi chú",
        ],
        ["", "", "", "", "", "Thường trú", "Tạm trú", "", "", "", "", ""],
        ["", "", "Nam", "Nữ", "", "", "≥ 12 tháng", "< 12 tháng", "Người cao tuổi", "Khuyết tật", "Mồ côi", ""],
        [f"({n})" for n in range(1, 13)],
    ]
    body: list[list[Any]] = [
        [1, "Nông Văn An", date(1950, 3, 5), "", 20050001234, "x", "", "", "X", "", "", ""],
        [2, "Lý Thị Bình", "", 1985, "020185001234", "", "có", "", "", "Vận động", "✓", "mới về"],
        [3, "Bế Thị Cúc", "", "00/03/1990", "", "-", "0", "1", "không", "", "", ""],
    ]
    expected = [
        ("1950-03-05", "Nam", "Thường trú", "Người cao tuổi", ""),
        ("1985", "Nữ", "Tạm trú từ 12 tháng", "Người khuyết tật; Mồ côi", "mới về"),
        ("00/03/1990", "Nữ", "Tạm trú dưới 12 tháng", "", ""),
    ]
    merged = ["A1:A3", "B1:B3", "C1:D2", "E1:E3", "F1:H1", "F2:F3", "G2:H2", "I1:K2", "L1:L3"]
    title = [["DANH SÁCH"], [""]]
    tables = [
        read_table(xlsx_bytes({"a": [*header, *body]}, merged=merged), "x.xlsx", "roster"),
        read_table(xls_bytes({"a": [*title, *header, *body]}), "x.xls", "roster"),
    ]
    for table in tables:
        assert columns(table, "birth_date", "sex", "residence", "groups", "note") == expected
        assert {"birth_date", "sex", "residence", "groups"} <= table.present
    assert [number for (number,) in columns(tables[0], "row_number")] == [5, 6, 7]


def test_group_headings_that_are_repeated_instead_of_merged() -> None:
    table = table_of(
        [
            ["STT", "Họ và tên", "Giới tính", "Giới tính", "Năm sinh", "CCCD", "Biến động", "Biến động"],
            ["STT", "Họ và tên", "Nam", "Nữ", "Năm sinh", "CCCD", "Sinh", "Chết"],
            ["1", "Nông Văn An", "x", "", "1980", "020080001234", "", ""],
            ["2", "Lý Thị Bình", "", "x", "1985", "", "x", ""],
        ]
    )
    assert columns(table, "sex", "birth_date", "change") == [("Nam", "1980", ""), ("Nữ", "1985", "Sinh")]
    assert table.kind == "changes"


@pytest.mark.parametrize(
    ("header", "row", "birth"),
    [
        (["Ngày", "Tháng", "Năm"], ["5", "3", "1980"], "5/3/1980"),
        (["Ngày", "Tháng", "Năm"], ["", "", "1980"], "00/00/1980"),
        (["Ngày", "Tháng", "Năm"], ["", "", ""], ""),
    ],
)
def test_a_birth_date_in_three_columns(header: list[str], row: list[str], birth: str) -> None:
    table = table_of(
        [
            ["Họ và tên", "Ngày sinh", "", "", "Phái", "CCCD"],
            ["", *header, "", ""],
            ["Nông Văn An", *row, "Nam", "020080001234"],
        ]
    )
    assert columns(table, "birth_date", "sex") == [(birth, "Nam")]


@pytest.mark.parametrize(
    "header",
    [["Ngày", "Tháng", "Năm"], ["Ngày sinh", "Tháng sinh", "Năm sinh"], ["NGÀY", "THÁNG", "NĂM"], ["Ngay", "Thang", "Nam"]],
)
def test_a_birth_date_in_three_columns_with_nothing_above_them(header: list[str]) -> None:
    table = table_of([["Họ và tên", *header, "Phái", "CCCD"], ["Nông Văn An", "5", "3", "1980", "Nam", "020080001234"]])
    assert columns(table, "birth_date", "sex") == [("5/3/1980", "Nam")]
    # Of what else a date is, nobody knows.
    table = table_of(
        [["Họ và tên", "Sinh ngày", *header, "Phái", "CCCD"], ["Nông Văn An", "1985", "5", "3", "2021", "Nam", ""]]
    )
    assert columns(table, "birth_date") == [("1985",)]


@pytest.mark.parametrize(
    "header",
    [["Họ và chữ đệm", "Tên"], ["Họ và tên", ""], ["Họ và tên", "Tên"]],
)
def test_a_name_in_two_columns(header: list[str]) -> None:
    rest = ["Năm sinh", "Giới tính", "CCCD"]
    table = table_of([[*header, *rest], ["Nông Văn", "An", "1980", "Nam", ""], ["Lý Thị", "Bình", "1985", "Nữ", ""]])
    assert columns(table, "full_name") == [("Nông Văn An",), ("Lý Thị Bình",)]


def test_a_column_beside_the_name_that_is_no_part_of_it() -> None:
    rest = ["Năm sinh", "Giới tính", "CCCD"]
    for heading, beside in (("Tên", ["An", "Bình"]), ("", ["", "x"]), ("", ["1", "2"])):
        rows = [["Nông Văn An", beside[0], "1980", "Nam", ""], ["Lý Thị Bình", beside[1], "1985", "Nữ", ""]]
        assert columns(table_of([["Họ và tên", heading, *rest], *rows]), "full_name") == [("Nông Văn An",), ("Lý Thị Bình",)]


def test_a_column_for_women_alone_makes_the_others_men() -> None:
    table = table_of(
        [["Họ và tên", "Nữ", "Năm sinh", "CCCD"], ["Nông Văn An", "", "1980", ""], ["Lý Thị Bình", "x", "1985", ""]]
    )
    assert columns(table, "sex") == [("Nam",), ("Nữ",)]


def test_marks_of_both_sexes_stay_a_contradiction() -> None:
    table = table_of([["Họ và tên", "Nam", "Nữ", "Năm sinh", "CCCD"], ["Nông Văn An", "x", "x", "1980", ""]])
    assert columns(table, "sex") == [("Nam; Nữ",)]


def test_columns_of_men_and_women_that_hold_marks_are_no_birth_dates() -> None:
    error = refusal(csv_text([["Họ và tên", "Nam", "Nữ", "CCCD"], ["Nông Văn An", "x", "", ""]]).encode())
    assert (error.reason_code, error.column_name) == ("header_unrecognised", "birth_date")


def test_guardians_and_heads_of_households_are_not_the_person() -> None:
    table = table_of(
        [
            ["STT", "Chủ hộ", "Họ và tên", "Năm sinh", "Giới tính", "Số CCCD", "Người giám hộ", "", ""],
            ["", "", "", "", "", "", "Họ tên", "Số CCCD", "SĐT"],
            ["1", "Nông Văn An", "Nông Thị Em", "2024", "Nữ", "", "Nông Văn An", "020080001234", "0912345678"],
        ]
    )
    assert columns(table, "full_name", "citizen_id", "guardian_id", "phone") == [
        ("Nông Thị Em", "", "020080001234", "0912345678")
    ]


WARD_FORM = [
    ["UBND PHƯỜNG LÊ CHÂN", *[""] * 35],
    ["DANH SÁCH RÀ SOÁT, ĐĂNG KÝ KHÁM SỨC KHỎE TOÀN DÂN, THÁNG 11 NĂM 2026", *[""] * 35],
    *WARD_HEADER,
]


WARD_PLACES = {
    "stt": 0, "name": 1, "head": 2, "male": 3, "female": 4, "birth": 5, "number": 6, "permanent": 7, "long": 8, "short": 9,
    "phone": 10, "old": 11, "disabled": 12, "poor": 13, "chronic": 14, "pupil": 15, "pupil_away": 16, "worker": 17,
    "forces": 18, "small": 19, "youth": 20, "adult": 21, "examined": 22, "periodic": 23, "pressure": 24, "alcohol": 35,
}  # fmt: skip


def ward_row(**cells: str) -> list[str]:
    row = [""] * 36
    for key, value in cells.items():
        row[WARD_PLACES[key]] = value
    return row


def test_the_ward_form_of_36_columns() -> None:
    rows = [
        ward_row(stt="1", name="Nông Văn An", head="Nông Văn An", male="x", birth="05/03/1950", number="031050001234",
                 permanent="x", phone="0912345678", old="x", chronic="Tăng huyết áp", examined="x", pressure="x"),
        ward_row(stt="2", name="Lý Thị Bình", head="Nông Văn An", female="X", birth="1985", number="031185001234", long="1",
                 poor="Cận nghèo", worker="x", periodic="x", alcohol="x"),
        ward_row(stt="3", name="Nông Thị Em", head="Nông Văn An", female="x", birth="01/02/2015", short="x",
                 pupil_away="x", disabled="0"),
        ward_row(stt="4", name="Bế Văn Giáp", male="x", birth="1999", permanent="x", forces="x"),
        ward_row(stt="5", name="Bế Văn Hà", male="x", birth="2024", permanent="x", small="x"),
        ward_row(stt="6", name="Vi Văn Ích", male="x", birth="2010", permanent="x", youth="x", pupil="x"),
        ward_row(name="Tổng cộng", male="4", female="2", permanent="4"),
    ]  # fmt: skip
    expected = [
        ("Nam", "Thường trú", "Người cao tuổi; Bệnh mạn tính", "0912345678"),
        ("Nữ", "Tạm trú từ 12 tháng", "Hộ nghèo, cận nghèo; Cận nghèo; Người lao động", ""),
        ("Nữ", "Tạm trú dưới 12 tháng", "Học sinh", ""),
        ("Nam", "Thường trú", "Lực lượng vũ trang", ""),
        ("Nam", "Thường trú", "Các đối tượng khác", ""),
        ("Nam", "Thường trú", "Học sinh; Các đối tượng khác", ""),
    ]
    old = [[in_tcvn3_fonts(cell.replace("≥", ">=").replace("–", "-")) for cell in row] for row in [*WARD_FORM, *rows]]
    for content, name in (
        (csv_text([*WARD_FORM, *rows]).encode(), "x.csv"),
        (xlsx_bytes({"a": [*WARD_FORM, *rows]}), "x.xlsx"),
        (xlsx_bytes({"a": old}), "x.xlsx"),
    ):
        table = read_table(content, name, "roster")
        assert columns(table, "sex", "residence", "groups", "phone") == expected
        assert columns(table, "row_number", "full_name", "birth_date", "citizen_id")[:2] == [
            (7, "Nông Văn An", "05/03/1950", "031050001234"),
            (8, "Lý Thị Bình", "1985", "031185001234"),
        ]
        assert (table.kind, table.period) == ("full", (2026, 11))
    assert table_of([*WARD_FORM, *rows]).title.startswith("UBND PHƯỜNG LÊ CHÂN\nDANH SÁCH")


def test_the_ward_form_in_one_row_of_headings() -> None:
    header = ["STT", "Họ và tên", "Nam/Nữ", "Ngày sinh", "CCCD", "Thường trú", "Tạm trú từ 12 tháng", "Tạm trú < 12 tháng",
              "Nhóm 1: Cao tuổi", "Nhóm 1 - Nghèo/cận nghèo", "Nhóm 2: Học sinh trong phường", "Nhóm 5: < 6 tuổi",
              "Đối tượng"]  # fmt: skip
    table = table_of([header, ["1", "Nông Văn An", "Nam", "2024", "", "", "", "x", "", "x", "", "x", "Người có công"]])
    assert columns(table, "sex", "residence", "groups") == [
        ("Nam", "Tạm trú dưới 12 tháng", "Người có công; Hộ nghèo, cận nghèo; Các đối tượng khác")
    ]


# Rows that are no people


def test_headings_and_column_numbers_of_later_pages() -> None:
    numbers = ["1", "2", "3", "4", "5"]
    table = table_of([HEADER, numbers, ROWS[0], HEADER, numbers, ROWS[1], ["", *HEADER[1:]]])
    assert [number for (number,) in columns(table, "row_number")] == [3, 6]


def test_later_pages_repeat_a_header_of_two_rows() -> None:
    header = [["STT", "Họ và tên", "Năm sinh", "", "CCCD"], ["", "", "Nam", "Nữ", ""]]
    body = [["1", "Nông Văn An", "1980", "", ""], ["2", "Lý Thị Bình", "", "1985", ""]]
    assert [number for (number,) in columns(table_of([*header, body[0], *header, body[1]]), "row_number")] == [3, 6]


TOTALS = ["Tổng cộng", "CỘNG", "Tổng số: 123 người", "Tổng", "Cộng thôn 1: 12 khẩu", "TONG CONG"]


@pytest.mark.parametrize("total", TOTALS)
def test_total_rows(total: str) -> None:
    rows = [HEADER, ROWS[0], ["", total, "", "1", ""], ROWS[1], [total, "", "", "", "2"]]
    assert [number for (number,) in columns(table_of(rows), "row_number")] == [2, 4]


def test_totals_of_men_and_women_are_no_birth_dates() -> None:
    table = table_of(
        [["STT", "Họ và tên", "Nam", "Nữ", "CCCD"], ["1", "Nông Văn An", "1980", "", ""], ["", "Tổng cộng", "1950", "2010", ""]]
    )
    assert len(table.frame) == 1


def test_what_stands_below_the_last_person() -> None:
    rows = [
        HEADER, *ROWS,
        ["Danh sách này có 2 người./."],
        ["", "", "Lê Chân, ngày 05 tháng 11 năm 2026"],
        ["", "NGƯỜI LẬP BIỂU", "", "TM. ỦY BAN NHÂN DÂN", ""],
        ["", "(Ký, ghi rõ họ tên)", "", "", ""],
        ["", "Hoàng Văn Cao", "", "Bế Thị Dung", ""],
    ]  # fmt: skip
    assert [row[0] for row in seen(csv_text(rows).encode())] == [2, 3]
    assert [row[0] for row in seen(xlsx_bytes({"a": rows}), "x.xlsx")] == [2, 3]


@pytest.mark.parametrize(
    "row",
    [
        ["", "Tổng", "1980", "Nam", ""],
        ["", "Cộng", "", "", "020080001235"],
        ["", "Công Tổ Nga", "", "Nữ", ""],
        ["", "Tống Cộng Sinh", "", "Nam", ""],
        ["", "An", "", "", ""],
        ["", "", "05/03/1980", "", ""],
        ["", "", "", "Nam", ""],
        ["3", "Hoàng Văn Cao", "", "", ""],
        ["", "Trưởng thôn", "5-3-80", "", ""],
        ["3", "Tổ trưởng Nga", "", "", ""],
        ["", "", "", "", "20 080 001 235"],
    ],
)
def test_a_row_that_could_be_a_person_is_never_left_out(row: list[str]) -> None:
    assert [number for (number,) in columns(table_of([HEADER, row, *ROWS]), "row_number")] == [2, 3, 4]
    assert [number for (number,) in columns(table_of([HEADER, *ROWS, row]), "row_number")] == [2, 3, 4]


def test_a_row_with_a_running_number_alone_is_blank() -> None:
    assert len(table_of([HEADER, *ROWS, ["3", "", " ", "", ""], ["4", "", "", "", ""]]).frame) == 2


# Cells


def test_quoted_separator_line_break_and_stray_quotation_mark() -> None:
    content = ",".join(HEADER) + '\n1,"Nông, Văn\nAn",1980,Nam,\n2,Lý "Bé" Hai,1985,Nữ,\n'
    assert [(row[0], row[1]) for row in seen(content.encode())] == [(2, "Nông, Văn\nAn"), (3, 'Lý "Bé" Hai')]


def test_an_unclosed_quotation_mark_refuses_the_file_instead_of_swallowing_people() -> None:
    people = "".join(f"{n},Lý Hai,1985,Nữ,\n" for n in range(2, 40))
    for row in ('1,"Nông Văn An,1980,Nam,\n', '1,Nông Văn An,1980,Nam,,,"\n', '1,Nông "Văn" An,1980,"Nam,\n'):
        assert refusal((",".join(HEADER) + "\n" + row + people).encode()).reason_code == "quotes_unbalanced"


def spreadsheet_cells(write: Callable[[dict[str, Rows]], bytes]) -> None:
    rows = [
        HEADER,
        [1, "Nông Văn An", date(1980, 3, 5), "Nam", 20080001234],
        [2.0, "Lý Thị Bình", 1985, "Nữ", None],
        [3, "Hoàng Văn Cao", 29285, "Nam", "020080001235"],
        [4, "Bế Thị Dung", "29285", "Nữ", 1080001234.0],
        [5, "Vi Văn Em", 29285.75, "Nam", 2.0080001234e10],
        [6, "Ma A Pao", "'05/03/1980", "Nam", "20080001234"],
        [7, "Lò Thị Giang", 1e300, "Nữ", 1e300],
    ]
    assert seen(write({"Sheet1": rows}), "x.xlsx")[:6] == [
        (2, "Nông Văn An", "1980-03-05", "020080001234"),
        (3, "Lý Thị Bình", "1985", ""),
        (4, "Hoàng Văn Cao", "1980-03-05", "020080001235"),
        (5, "Bế Thị Dung", "1980-03-05", "001080001234"),
        (6, "Vi Văn Em", "1980-03-05", "020080001234"),
        (7, "Ma A Pao", "'05/03/1980", "020080001234"),
    ]


def test_cells_of_every_kind_in_xlsx() -> None:
    spreadsheet_cells(xlsx_bytes)


def test_cells_of_every_kind_in_xls() -> None:
    spreadsheet_cells(xls_bytes)


def test_a_date_with_a_time_is_a_day() -> None:
    rows = [HEADER, [1, "Nông Văn An", datetime(1990, 12, 31, 0, 0), "Nam", ""]]  # noqa: DTZ001
    assert seen(xlsx_bytes({"a": rows}), "x.xlsx") == [(2, "Nông Văn An", "1990-12-31", "")]


@pytest.mark.parametrize(
    ("text", "birth", "expected"),
    [
        ("20080001234", "05/03/1980", "020080001234"),
        ("1080001234", "1980", "001080001234"),
        ("20080001234.0", "1980", "020080001234"),
        ("2.0080001234E10", "1980", "020080001234"),
        ("2,0080001234E+10", "1980", "020080001234"),
        ("20312001234", "2012-01-05", "020312001234"),
        ("20080001234", "không rõ", "020080001234"),
        # What Excel shows in a narrow cell has lost the number.
        ("2.008E+10", "1980", "2.008E+10"),
        ("2.00800E+10", "1980", "2.00800E+10"),
        # One digit too few somewhere else: no province, or another century.
        ("99080001234", "1980", "99080001234"),
        ("20980001234", "1980", "20980001234"),
        ("20280001234", "1980", "20280001234"),
        ("20080001234", "2012", "20080001234"),
        ("20480001234", "", "20480001234"),
        ("02008000123", "1980", "02008000123"),
        # An old identity card, and one digit too many.
        ("200800012", "1980", "200800012"),
        ("0200800012345", "1980", "0200800012345"),
        ("02008000123O", "1980", "02008000123O"),
        ("020 080 001 234", "1980", "020 080 001 234"),
    ],
)
def test_leading_zeros_of_personal_numbers_in_csv(text: str, birth: str, expected: str) -> None:
    assert columns(table_of([HEADER, ["1", "Nông Văn An", birth, "Nam", text]]), "citizen_id") == [(expected,)]


def test_the_number_of_a_guardian_is_restored_without_the_childs_year() -> None:
    table = table_of([[*HEADER, "CCCD cha/mẹ"], ["1", "Nông Văn An", "2024", "Nam", "", "20080001234"]])
    assert columns(table, "guardian_id") == [("020080001234",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("29285", "1980-03-05"),
        ("29285.0", "1980-03-05"),
        (" 29285,5 ", "1980-03-05"),
        ("1980", "1980"),
        ("5/3/80", "5/3/80"),
        ("99999", "99999"),
        ("9999", "9999"),
    ],
)
def test_serial_numbers_of_days_in_csv(text: str, expected: str) -> None:
    assert columns(table_of([HEADER, ["1", "Nông Văn An", text, "Nam", ""]]), "birth_date") == [(expected,)]


def test_marks_without_width_and_nul_bytes_are_taken_out_of_cells_and_headings() -> None:
    header = ["\ufeffSTT", "Họ\u200b và tên", "Ngày sinh", "Giới\u200f tính", "Số CCCD"]
    row = ["1", "\u202eNông\u2069 Văn\u200d An", "\u200e05/03/1980", "Nam\0", "020080001234\ufeff"]
    text = csv_text([header, row])
    assert seen(text.encode("utf-8-sig")) == EXPECTED[:1]
    assert seen(text.encode("utf-16")) == EXPECTED[:1]
    assert seen(xlsx_bytes({"a": [header, [cell.replace("\0", "") for cell in row]]}), "x.xlsx") == EXPECTED[:1]


def test_other_signs_stay() -> None:
    names = ["H’Hen – Niê…", "Nông «Văn» An", "=1+1", "'; DROP TABLE person; --", "@SUM(A1)"]
    assert columns(table_of([HEADER, *([str(n), name, "1980", "Nam", ""] for n, name in enumerate(names))]), "full_name") == [
        (name,) for name in names
    ]


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_that_was_kept_as_a_formula(separator: str, quoted: bool) -> None:
    rows = [HEADER, *([f'="{cell}"' for cell in row] for row in ROWS)]
    text = csv_text(rows, separator) if quoted else "\n".join(separator.join(row) for row in rows)
    assert seen(text.encode()) == EXPECTED
    other = '=1+1="x"'
    assert columns(table_of([HEADER, ["1", other, *ROWS[0][2:]]]), "full_name") == [(other,)]


# Sheets and files


@pytest.mark.parametrize("write", [xlsx_bytes, xls_bytes])
def test_every_visible_sheet_with_headings_is_read(write: Callable[..., bytes]) -> None:
    sheets = {"HD": [["Đọc kỹ"]], "T1": [HEADER, ROWS[0]], "Cũ": [HEADER, *ROWS], "T2": [["x"], HEADER, ROWS[1]]}
    table = read_table(write(sheets, hidden=["Cũ"]), "x.xlsx", "roster")
    assert columns(table, "sheet", "row_number", "full_name") == [("T1", 2, "Nông Văn An"), ("T2", 3, "Lý Thị Bình")]


@pytest.mark.parametrize(
    "rows",
    [ROWS, [[*ROWS[0][:4], "20080001234"]], [["Họ và tên", "Năm sinh", "CCCD"], ["Lý Thị Bình", "1985", ""]]],
    ids=["no headings", "no leading zero", "some headings"],
)
def test_a_sheet_with_people_that_cannot_be_read_refuses_the_file(rows: list[list[str]]) -> None:
    refused = refusal(xlsx_bytes({"Thôn 1": [HEADER, *ROWS], "Thôn 2": rows}), "x.xlsx")
    assert refused.reason_code == "sheet_unrecognised"
    assert "thứ 2" in str(refused)


def test_a_sheet_without_people_is_left_out() -> None:
    others = {
        "Tổng hợp": [["Thôn", "Số hộ", "Số người"], ["Bản Mới", "12", "40"]],
        "Cán bộ": [["Họ và tên", "Số điện thoại"], ["Lý Thị Bình", "0912345678"]],
        "Mẫu trống": [["Họ và tên", "Năm sinh", "CCCD"]],
    }
    table = read_table(xlsx_bytes({"Thôn 1": [HEADER, *ROWS], **others}), "x.xlsx", "roster")
    assert table.frame.height == len(ROWS)


@pytest.mark.parametrize("name", ["x.xls", "x.XLSX", "x.txt", "x.tsv"])
def test_text_under_another_name(name: str) -> None:
    assert seen(csv_text([HEADER, *ROWS], "\t").encode(), name) == EXPECTED
    assert seen(xlsx_bytes({"a": [HEADER, *ROWS]}), "x.csv") == EXPECTED


def test_line_ends_of_old_macintoshes() -> None:
    assert seen(csv_text([HEADER, *ROWS], end="\r").encode()) == EXPECTED


CHANGE_HEADER = [*HEADER, "Biến động"]


@pytest.mark.parametrize(
    ("title", "header", "cells", "kind"),
    [
        ("DANH SÁCH NHÂN KHẨU", HEADER, [], "full"),
        ("DANH SÁCH NHÂN KHẨU", CHANGE_HEADER, [""], "full"),
        ("DANH SÁCH NHÂN KHẨU", CHANGE_HEADER, ["Chết"], "changes"),
        ("Danh sách biến động tháng 11", CHANGE_HEADER, [""], "changes"),
        ("Danh sách biến động tháng 11", HEADER, [], "full"),
        ("DANH SÁCH TRẢ LẠI", [*HEADER, "Mã dòng trả lại"], ["12-3"], "returned"),
        ("DANH SÁCH TRẢ LẠI", [*HEADER, "Mã dòng trả lại"], [""], "full"),
        ("DANH SÁCH TRẢ LẠI", [*CHANGE_HEADER, "Mã dòng trả lại"], ["Chết", "12-3"], "returned"),
    ],
)
def test_kinds_of_lists(title: str, header: list[str], cells: list[str], kind: str) -> None:
    assert table_of([[title], header, [*ROWS[0], *cells]]).kind == kind


def test_a_list_of_changes_needs_less() -> None:
    for header in (["Họ và tên", "CCCD", "Tăng/giảm"], ["Họ và tên", "Năm sinh", "Tăng/giảm"]):
        assert table_of([header, ["Nông Văn An", "1980", "Chuyển đi"]]).kind == "changes"
    error = refusal(csv_text([["Họ và tên", "Tăng/giảm"], ["Nông Văn An", "Chết"]]).encode())
    assert (error.reason_code, error.column_name) == ("header_unrecognised", "citizen_id")
    # A column that nobody has filled makes it a full list, which needs everything.
    error = refusal(csv_text([["Họ và tên", "CCCD", "Tăng/giảm"], ["Nông Văn An", "", ""]]).encode())
    assert (error.reason_code, error.column_name) == ("header_unrecognised", "birth_date,sex")


@pytest.mark.parametrize(
    ("title", "name", "period"),
    [
        ("DANH SÁCH NHÂN KHẨU THÁNG 11 NĂM 2026", "x.csv", (2026, 11)),
        ("Tháng 9/2026", "x.csv", (2026, 9)),
        ("Kỳ: 11/2026", "x.csv", (2026, 11)),
        ("Danh sách 2026-11", "x.csv", (2026, 11)),
        ("(Tính đến ngày 30/11/2026)", "x.csv", (2026, 11)),
        ("Tính đến hết ngày 30 tháng 11 năm 2026", "x.csv", (2026, 11)),
        ("Lê Chân, ngày 05 tháng 12 năm 2026", "thang_11_2026.csv", (2026, 11)),
        ("Kèm theo Quyết định số 12/2026/QĐ-UBND ngày 15/5/2026", "x.csv", None),
        ("Thực hiện Kế hoạch số 12/2026", "x.csv", None),
        ("Tháng 10 năm 2026 và tháng 11 năm 2026", "x.csv", None),
        ("Tháng 10 năm 2026 và tháng 11 năm 2026", "ds_2026_11.csv", (2026, 11)),
        ("Tháng 11 năm 2026", "ds_2026_10.csv", (2026, 11)),
        ("Năm 2026", "x.csv", None),
        ("", "DS_KSK_toan_dan_2026_11.csv", (2026, 11)),
        ("", "ds T11.2026 (2).xlsx", (2026, 11)),
        ("", "Danh sách tháng 9 năm 2026.csv", (2026, 9)),
        ("", "ds_202611.csv", (2026, 11)),
        ("", "ds_20261130_v2.csv", (2026, 11)),
        ("", "ds_30-11-2026.csv", (2026, 11)),
        ("", "ds_2026-13.csv", None),
        ("", "10507.csv", None),
        ("", "ds_10_2026_11_2026.csv", None),
    ],
)
def test_periods(title: str, name: str, period: tuple[int, int] | None) -> None:
    assert table_of([[title], HEADER, *ROWS], name).period == period


# Files that are refused as a whole


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"a,b,c\n1,2,3\n", "x.csv", "header_unrecognised"),
        (b"", "x.csv", "header_unrecognised"),
        (b"\n\n\n", "x.csv", "header_unrecognised"),
        (b"\0" * 5000, "x.csv", "header_unrecognised"),
        (b"PK\x03\x04 broken", "x.xlsx", "unreadable"),
        (b"PK\x03\x04 broken", "x.csv", "unreadable"),
        (b"\xd0\xcf\x11\xe0 broken", "x.xls", "unreadable"),
        (b"%PDF-1.7", "x.pdf", "format_unknown"),
        (b"<html><table><tr><td>STT</td></tr></table></html>", "x.xls", "format_unknown"),
        (b"STT," + b"x" * 1_500_000, "x.csv", "unreadable"),
        (csv_text([HEADER, *ROWS]).encode() + b"a" * 1_500_000 + b"\n", "x.csv", "unreadable"),
        (",".join(HEADER).encode() + b",x" * 1_000_000 + b"\n", "x.csv", "unreadable"),
        (",".join([*HEADER, *["x"] * 500]).encode(), "x.csv", "too_many_columns"),
        (xlsx_bytes({"a": [[*HEADER, *["x"] * 500]]}), "x.xlsx", "too_many_columns"),
        (b"1" * 100_000_001, "x.csv", "unreadable"),
        (csv_text([HEADER, *ROWS]).encode() + b"\n" * 1_000_001, "x.csv", "unreadable"),
        (",".join([*HEADER, *["x"] * 400]).encode() + b"\n" * 60_000, "x.csv", "unreadable"),
    ],
)  # fmt: skip
def test_refused_as_a_whole(content: bytes, name: str, reason: str) -> None:
    assert refusal(content, name).reason_code == reason


def test_wide_rows_below_a_header_of_usual_width_are_read() -> None:
    assert len(table_of([HEADER, [*ROWS[0], *["x"] * 5000], ROWS[1]]).frame) == 2


def test_refusal_names_what_is_missing_and_quotes_nothing() -> None:
    error = refusal(
        csv_text([["Họ và tên", "Ngày sinh", "Số CCCD", "Bí mật Nông Văn An"], ["Nông Văn An", "1980", "", ""]]).encode()
    )
    assert "thiếu cột: “Giới tính”." in str(error)
    assert error.column_name == "sex"
    assert "Nông" not in str(error) and "Bí mật" not in str(error)


def test_exam_lists_have_their_own_headings() -> None:
    content = csv_text([["Mã lượt khám", "Họ tên", "Năm sinh", "Ngày khám"], ["K1", "Nông Văn An", "2010", "03/09/2026"]])
    (row,) = read_table(content.encode(), "x.csv", "exam").rows()
    assert (row["ma_lk"], row["exam_date"], row["payer_code"]) == ("K1", "03/09/2026", "")
