"""Every kind of file a commune sends, one commune each, with who has to be on the roster afterwards. All people are made up."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from intake.written import WARD_HEADER, csv_text, in_tcvn3, in_tcvn3_fonts, in_windows_1258, xls_bytes, xlsx_bytes

# An hour before the stack's clock, so that no file is old or still being written.
DROPPED_AT = datetime.fromisoformat("2026-11-21T07:00:00+07:00").timestamp()

NAMES = (
    "Nguyễn Thị Hòa", "Hoàng Văn Thưởng", "Đặng Mỹ Duyên", "Vũ Hữu Lượng", "Bế Thị Quỳnh", "Lường Quốc Bảy", "Triệu Mùi Ghến",
    "Đỗ Đức Thuận", "Sùng Thị Dở", "Phạm Gia Khiêm", "Ma Thị Nguyệt", "Đàm Trọng Nghĩa", "Lý Thúy Ngoan", "Ôn Văn Tuấn",
)  # fmt: skip
VILLAGES = ("Thôn Nà Rẫy", "Tổ dân phố 7", "Bản Đồn", "Xóm Đồng Hỷ")
ETHNIC = {"Kinh": "01", "Tày": "02", "Nùng": "07", "Sán Chay": "15"}
RESIDENCE = {"permanent": "Thường trú", "temporary_12m": "Tạm trú từ 12 tháng", "temporary_short": "Tạm trú dưới 12 tháng"}


@dataclass(frozen=True)
class Person:
    """One person as the roster has to hold them."""

    full_name: str
    birth_date: date
    birth_precision: str
    sex: int
    citizen_id: str | None
    insurance_no: str | None
    ethnic_code: str | None
    phone: str | None
    village: str | None
    household_no: str | None
    relation: str | None
    residence: str

    @property
    def written(self) -> dict[str, str]:
        """What a careful clerk writes into each column."""
        forms = {"day": "%d/%m/%Y", "month": "%m/%Y", "year": "%Y"}
        return {
            "Họ và tên": self.full_name,
            "Ngày sinh": self.birth_date.strftime(forms[self.birth_precision]),
            "Giới tính": "Nam" if self.sex == 1 else "Nữ",
            "Số CCCD": self.citizen_id or "",
            "Mã số BHYT": self.insurance_no or "",
            "Dân tộc": next((name for name, code in ETHNIC.items() if code == self.ethnic_code), ""),
            "Số điện thoại": self.phone or "",
            "Thôn/Tổ": self.village or "",
            "Số hộ": self.household_no or "",
            "Quan hệ với chủ hộ": self.relation or "",
            "Tình trạng cư trú": RESIDENCE[self.residence],
        }

    def only(self, *kept: str) -> Person:
        """The person without what a list has no column for; name, birth date and sex always stay."""
        told = {"citizen_id", "insurance_no", "ethnic_code", "phone", "village", "household_no", "relation"}
        return replace(self, **dict.fromkeys(told - set(kept), None))


HEADER = ["STT", *Person("", date.min, "day", 1, *[""] * 7, "permanent").written]


@dataclass(frozen=True)
class Delivery:
    """What one commune drops into its folder, in the order of arrival, and what comes of it.

    `companions` lie beside the files and are no lists. `waiting` are files that are not complete yet.
    """

    people: list[Person]
    files: dict[str, bytes]
    companions: dict[str, bytes] = field(default_factory=dict)
    waiting: dict[str, bytes] = field(default_factory=dict)
    # Names by code of QĐ 2062, where the list says something of groups.
    groups: dict[str, set[str]] = field(default_factory=dict)
    refused: str = ""

    def drop(self, folder: Path) -> None:
        """Write everything into a commune's folder."""
        folder.mkdir(parents=True)
        for number, (name, content) in enumerate((self.files | self.waiting | self.companions).items()):
            (folder / name).write_bytes(content)
            os.utime(folder / name, (DROPPED_AT + number, DROPPED_AT + number))


def people(commune: str, count: int = 6) -> list[Person]:
    """Made-up people of a commune; no two of any commune share a number."""
    made = []
    place = int(commune)
    for number in range(count):
        name = NAMES[(place + 3 * number) % len(NAMES)]
        sex = 2 if any(word in name for word in ("Thị", "Mỹ", "Mùi", "Thúy")) else 1
        born = date(1938 + (place * 7 + number * 13) % 85, 1 + (place + number) % 12, 1 + (place + 5 * number) % 28)
        digit = (born.year // 100 - 19) * 2 + sex - 1
        made.append(
            Person(
                name,
                born,
                "day",
                sex,
                f"019{digit}{born.year % 100:02}{place % 10000:04}{number:02}",
                f"19{place:05}{number:03}",
                list(ETHNIC.values())[(place + number) % len(ETHNIC)],
                f"09{place:05}{number:03}",
                VILLAGES[(place + number) % len(VILLAGES)],
                f"H{1 + number // 2}",
                "Chủ hộ" if number % 2 == 0 else "Vợ/chồng",
                list(RESIDENCE)[number % 3],
            )
        )
    return made


def rows(some: Sequence[Person], begin: int = 1) -> list[list[str]]:
    """People as the rows under `HEADER`."""
    return [[str(number), *person.written.values()] for number, person in enumerate(some, start=begin)]


def _born_in(year: int, person: Person) -> Person:
    """The person born in a year of the 20th century, with a number that says so."""
    number = person.citizen_id and f"019{person.sex - 1}{year % 100}{person.citizen_id[6:]}"
    return replace(person, birth_date=person.birth_date.replace(year=year), citizen_id=number)


def csv_file(some: Sequence[Person], separator: str = ",") -> str:
    return csv_text([HEADER, *rows(some)], separator)


def _encoded(separator: str, encode: Callable[[str], bytes]) -> Callable[[str, str], Delivery]:
    def make(commune: str, _name: str) -> Delivery:
        some = people(commune)
        return Delivery(some, {"ds_2026_11.csv": encode(csv_file(some, separator))})

    return make


def _decomposed(commune: str, _name: str) -> Delivery:
    # Two ways to write one letter: accents as characters of their own, and the Icelandic Ð in the place of Đ.
    some = people(commune)
    text = unicodedata.normalize("NFD", csv_file(some)).replace("Đ", "Ð")
    return Delivery(some, {"ds.csv": text.encode("utf-8-sig")})


def _old_font(commune: str, _name: str) -> Delivery:
    """A workbook in which the columns of text are written with a .VnTime font, and those of numbers are not."""
    some = people(commune)
    old = [[in_tcvn3_fonts(cell) for cell in row] for row in [HEADER, *rows(some)]]
    return Delivery(some, {"ds.xlsx": xlsx_bytes({"Sheet1": old})})


def _titles(commune: str, name: str) -> Delivery:
    """Title rows, a header of two rows with merged cells, column numbers, birth dates in two columns, totals, signatures."""
    some = [person.only("citizen_id", "village") for person in people(commune)]
    header = [
        ["STT", "Họ và tên", "Ngày, tháng, năm sinh", "", "Số CCCD", "Nơi ở", "Tình trạng cư trú", "", ""],
        ["", "", "Nam", "Nữ", "", "", "Thường trú", "Tạm trú từ 12 tháng", "Tạm trú < 12 tháng"],
        [f"({number})" for number in range(1, 10)],
    ]
    body: list[list[Any]] = []
    for number, person in enumerate(some, start=1):
        births = [person.birth_date, ""] if person.sex == 1 else ["", person.birth_date]
        marks = ["x" if person.residence == residence else "" for residence in RESIDENCE]
        body.append([number, person.full_name, *births, person.citizen_id, person.village, *marks])
    below = [
        ["", f"Tổng cộng: {len(some)} người", 3, 3, "", "", 2, 2, 2],
        ["", "", "", "", "", f"{name}, ngày 20 tháng 11 năm 2026"],
        ["", "NGƯỜI LẬP BIỂU", "", "", "", "TM. ỦY BAN NHÂN DÂN"],
        ["", "Lý Văn Ký", "", "", "", "Nông Thị Duyệt"],
    ]
    above = [
        [f"ỦY BAN NHÂN DÂN {name.upper()}"],
        ["DANH SÁCH NHÂN KHẨU ĐĂNG KÝ KHÁM SỨC KHỎE THÁNG 11 NĂM 2026"],
        [""],
    ]
    merged = ["A1:I1", "A2:I2", "A4:A5", "B4:B5", "C4:D4", "E4:E5", "F4:F5", "G4:I4"]
    return Delivery(some, {"danh sách.xlsx": xlsx_bytes({"Danh sách": [*above, *header, *body, *below]}, merged=merged)})


def _old_workbook(commune: str, name: str) -> Delivery:
    """An Excel 97 workbook whose second page repeats the headings and their numbers."""
    some = people(commune)
    head = [HEADER, [str(number) for number in range(1, len(HEADER) + 1)]]
    title = [[f"Danh sách {name}, tính đến ngày 20/11/2026"], [""]]
    pages = [*title, *head, *rows(some[:4]), *head, *rows(some[4:], 5)]
    return Delivery(some, {"DS.XLS": xls_bytes({"Sheet1": pages})})


def _two_sheets(commune: str, _name: str) -> Delivery:
    some = people(commune, 8)
    sheets = {
        "Hướng dẫn": [["Đọc kỹ trước khi nhập"]],
        "Thôn 1": [HEADER, *rows(some[:5])],
        "Thôn 2": [["Thôn 2"], HEADER, *rows(some[5:])],
        "Bản cũ": [HEADER, *rows([replace(some[0], full_name="Hà Văn Cũ", citizen_id=None)])],
    }
    return Delivery(some, {"ds_2026_11.xlsx": xlsx_bytes(sheets, hidden=["Bản cũ"])})


def _two_files(commune: str, _name: str) -> Delivery:
    some = people(commune, 8)
    return Delivery(some, {"Thôn 1.csv": csv_file(some[:4]).encode(), "Thôn 2.csv": csv_file(some[4:], ";").encode()})


def _as_excel_left_it(commune: str, _name: str) -> Delivery:
    """Numbers that Excel took for quantities (zeros gone, decimals), days as serial numbers."""
    some = people(commune)
    cells: list[list[Any]] = []
    for number, (person, row) in enumerate(zip(some, rows(some), strict=True)):
        bare, serial, phone = int(person.citizen_id or 0), (person.birth_date - date(1899, 12, 30)).days, person.phone or ""
        changed: dict[str, Any] = {
            "Số CCCD": [bare, float(bare), str(bare), f"{bare}.0", f"'0{bare}", f"{bare / 1e10:.10f}E+10"][number],
            "Ngày sinh": [person.birth_date, serial, str(serial), float(serial), serial, person.birth_date][number],
            "Số điện thoại": [phone, int(phone), phone[1:]][number % 3],
        }
        cells.append([changed.get(heading, cell) for heading, cell in zip(HEADER, row, strict=True)])
    return Delivery(some, {"ds.xlsx": xlsx_bytes({"Sheet1": [HEADER, *cells]})})


def _dates(commune: str, _name: str) -> Delivery:
    """Birth dates in the ways people write them, numbers with what they put between the digits."""
    some = people(commune, 7)
    ways = [
        ("{:%d-%m-%Y}", "day"), ("{d}-{m}-{:%y}", "day"), ("{:%d.%m.%Y}", "day"), ("{d}/{m}/{:%Y}", "day"), ("{:%Y}", "year"),
        ("{:%m/%Y}", "month"), ("00/00/{:%Y}", "year"),
    ]  # fmt: skip
    made, body = [], []
    for person, row, (way, precision) in zip(some, rows(some), ways, strict=True):
        born = person.birth_date
        if way.endswith("{:%y}"):
            # Two digits are a year of the last century only where this one has not come to it.
            person = _born_in(1955, person)
            born = person.birth_date
        row[HEADER.index("Ngày sinh")] = way.format(born, d=born.day, m=born.month)
        known = {"day": born, "month": born.replace(day=1), "year": date(born.year, 1, 1)}[precision]
        number = person.citizen_id or ""
        row[HEADER.index("Số CCCD")] = f"{number[:3]} {number[3:6]}.{number[6:]}"
        row[HEADER.index("Số điện thoại")] = f"+84 {(person.phone or '')[1:4]}.{(person.phone or '')[4:]}"
        made.append(replace(person, birth_date=known, birth_precision=precision))
        body.append(row)
    return Delivery(made, {"ds.csv": csv_text([HEADER, *body]).encode()})


# Column of each residence, and columns of groups with the codes of QĐ 2062 that a mark in them comes to.
_WARD_RESIDENCE = {"permanent": 7, "temporary_12m": 8, "temporary_short": 9}
_WARD_GROUPS = {11: "1", 12: "2", 13: "3", 14: "5", 15: "11", 17: "13", 18: "16", 21: "16"}


def _ward_form(commune: str, name: str) -> Delivery:
    """The form of 36 columns: nearly everything is a tick in a column of its own."""
    some = [person.only("citizen_id", "phone") for person in people(commune, len(_WARD_GROUPS))]
    # Nobody is in a group by age, so that the ticks alone speak.
    some = [_born_in(1980, person) for person in some]
    body: list[list[Any]] = []
    groups: dict[str, set[str]] = {}
    for number, (person, (column, code)) in enumerate(zip(some, _WARD_GROUPS.items(), strict=True), start=1):
        row: list[Any] = [""] * 36
        row[0], row[1], row[2], row[6], row[10] = number, person.full_name, some[0].full_name, person.citizen_id, person.phone
        row[5] = person.birth_date.strftime("%d/%m/%Y")
        row[3 if person.sex == 1 else 4] = "x"
        row[_WARD_RESIDENCE[person.residence]] = "X"
        row[column] = "x"
        # Who was examined, and what for people registered, is no business of the roster.
        row[22], row[24] = "x", "x"
        body.append(row)
        groups.setdefault(code, set()).add(person.full_name)
    title = [[f"UBND {name.upper()}"], ["DANH SÁCH RÀ SOÁT, ĐĂNG KÝ KHÁM SỨC KHỎE TOÀN DÂN, THÁNG 11 NĂM 2026"]]
    total = ["", "Tổng cộng", "", 4, 4, "", "", 3, 3, 2, *[""] * 26]
    merged = ["A3:A5", "B3:B5", "D3:E3", "H3:J3", "I4:J4", "L3:O3", "P3:Q3", "T3:V3", "X3:AJ3", "Y4:AJ4"]
    content = xlsx_bytes({"Mẫu": [*title, *WARD_HEADER, *body, total]}, merged=merged)
    return Delivery(some, {"mẫu phường.xlsx": content}, groups=groups)


def _changes(commune: str, _name: str) -> Delivery:
    """A complete list, and then what has changed since: one dead, one gone, one corrected, one born without a number."""
    before = people(commune, 8)
    corrected = replace(before[2], birth_date=before[2].birth_date + timedelta(days=1), phone="0987654321")
    born = Person(
        "Hoàng Gia Bảo Ngọc", date(2026, 11, 2), "day", 2, None, None, "02", None, "Bản Đồn", "H1", "Cháu ruột", "permanent"
    )
    said = [("Chết", before[0]), ("Chuyển đi", before[1]), ("Sửa", corrected), ("Mới sinh", born)]
    body = [[*row, change] for row, (change, _) in zip(rows([person for _, person in said]), said, strict=True)]
    changes = csv_text([["DANH SÁCH BIẾN ĐỘNG DÂN CƯ THÁNG 11 NĂM 2026"], [*HEADER, "Biến động"], *body])
    files = {"ds_2026_10.csv": csv_file(before).encode("utf-8-sig"), "bd_2026_11.csv": changes.encode("utf-8-sig")}
    return Delivery([corrected, *before[3:], born], files)


def _companions(commune: str, _name: str) -> Delivery:
    """A list with its checksum, additions that are said to be done, and a newer list of which only the half has come."""
    some = people(commune, 7)
    full = csv_file(some[:5]).encode()
    added = csv_text([[*HEADER, "Biến động"], *([*row, "Chuyển đến"] for row in rows(some[5:]))]).encode()
    newer = csv_file([replace(some[0], full_name="Hà Văn Nửa Chừng")]).encode()
    return Delivery(
        some,
        {"ds_10.csv": full, "bd_11.csv": added},
        companions={
            "ds_10.csv.sha256": f"{hashlib.sha256(full).hexdigest()}  ds_10.csv\n".encode(),
            "bd_11.csv.done": b"",
            "ds_12.csv.md5": hashlib.md5(newer, usedforsecurity=False).hexdigest().encode(),
        },
        waiting={"ds_12.csv": newer[: len(newer) // 2]},
    )


def _broken(commune: str, _name: str) -> Delivery:
    """A good list with one faulty row, and a newer one that broke off on its way."""
    some = people(commune, 5)
    faulty = people(commune, 6)[5]
    good = rows([*some, faulty])
    good[-1][HEADER.index("Ngày sinh")] = "31/02/1980"
    broken = xlsx_bytes({"Sheet1": [HEADER, *rows(people(commune, 9))]})
    return Delivery(
        some,
        {"ds_2026_10.csv": csv_text([HEADER, *good]).encode("utf-8-sig"), "ds_2026_11.xlsx": broken[: len(broken) // 2]},
        refused="unreadable",
    )


DELIVERIES: dict[str, tuple[str, Callable[[str, str], Delivery]]] = {
    "semicolons and BOM": ("01849", _encoded(";", lambda text: text.encode("utf-8-sig"))),
    "tabs in UTF-16": ("01864", _encoded("\t", lambda text: text.encode("utf-16"))),
    "Windows-1258": ("01879", _encoded(",", in_windows_1258)),
    "TCVN3": ("01882", _encoded(";", in_tcvn3)),
    "columns in a .VnTime font": ("01894", _old_font),
    "decomposed letters and Icelandic ones": ("01906", _decomposed),
    "title, merged header, totals": ("01912", _titles),
    "XLS": ("01921", _old_workbook),
    "two sheets": ("01933", _two_sheets),
    "two files": ("01936", _two_files),
    "serial numbers and lost zeros": ("01942", _as_excel_left_it),
    "broken": ("01954", _broken),
    "dates and numbers as people write them": ("01957", _dates),
    "ward form of 36 columns": ("01960", _ward_form),
    "list of changes": ("01969", _changes),
    "companions": ("01981", _companions),
}
BROKEN = "01954"


def made(kind: str, names: dict[str, str]) -> Delivery:
    """The delivery of that kind; `names` are those of the communes by code."""
    commune, make = DELIVERIES[kind]
    return make(commune, names[commune])
