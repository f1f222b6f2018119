"""From the cells of a list to typed rows, rejects and remarks."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sangloc.intake import Table, clean_insurance_no, clean_phone, layout, name_fold, name_key, nfc
from sangloc.intake.text import parse_birth_text
from sangloc.roster import columns
from sangloc.roster.parsing import STAGED, Parsed, parse

TODAY = date(2026, 11, 22)
# Nobody's: the six last digits are made up, as everything here.
NUMBER, HERS = "030080001234", "030155004321"
PERSON = {"full_name": "Nông Văn An", "birth_date": "05/03/1980", "sex": "Nam", "citizen_id": NUMBER}
HER = {"full_name": "Lý Thị Bình", "birth_date": "1955", "sex": "Nữ", "citizen_id": HERS}

examples = settings(max_examples=100, derandomize=True, deadline=None, database=None)


def table(*rows: dict[str, str], kind: Any = "full") -> Table:
    names = list(layout("roster").columns)
    frame = pl.DataFrame(
        {
            "sheet": pl.Series([None] * len(rows), dtype=pl.String),
            "row_number": pl.Series(range(2, len(rows) + 2), dtype=pl.Int64),
            **{name: pl.Series([row.get(name, "") for row in rows], dtype=pl.String) for name in names},
        }
    )
    return Table(frame, frozenset(names), kind=kind)


def read(*rows: dict[str, str], kind: str = "full") -> Parsed:
    return parse(table(*rows, kind=kind), TODAY)


def only(**cells: str) -> dict[str, Any]:
    """What the row of `PERSON` with other cells comes to; it has to be accepted."""
    parsed = read({**PERSON, **cells})
    assert [reject.reason_code for reject in parsed.rejects] == []
    (row,) = parsed.frame.rows(named=True)
    return row


def faults(*rows: dict[str, str], kind: str = "full") -> list[tuple[int, str, str]]:
    return [(reject.row_number, reject.column_name, reject.reason_code) for reject in read(*rows, kind=kind).rejects]


def remarks(**cells: str) -> set[str]:
    parsed = read({**PERSON, **cells})
    assert parsed.rejects == []
    return {warning.reason_code for warning in parsed.warnings}


def test_a_row() -> None:
    parsed = read(
        {
            **PERSON, "insurance_no": "gd4 20 2012345678", "ethnic": "Nùng", "phone": "+84 912 345 678",
            "village": " Bản  Mới ", "household_no": "12", "relation": "Chủ hộ", "residence": "Tạm trú ≥ 12 tháng",
            "groups": "Khuyết tật; Hộ nghèo", "guardian_id": HERS,
        }
    )  # fmt: skip
    assert parsed.frame.columns == ["row_id", "position", *STAGED]
    assert parsed.frame.rows(named=True) == [
        {
            "row_id": 1, "position": 0, "citizen_id": NUMBER, "insurance_no": "GD4202012345678", "insurance_key": "2012345678",
            "full_name": "Nông Văn An", "name_key": "nông văn an", "name_fold": "nong van an", "birth_date": date(1980, 3, 5),
            "birth_precision": "day", "sex": 1, "ethnic_code": "07", "phone": "0912345678", "village": "Bản Mới",
            "household_no": "12", "relation": "Chủ hộ", "guardian_citizen_id": HERS, "residence": "temporary_12m",
            "groups": "2=disabled;3=poor", "change": "listed",
        }
    ]  # fmt: skip
    assert (parsed.rejects, parsed.warnings, parsed.rows_read, parsed.rows_rejected) == ([], [], 1, 0)
    assert {name: str(kind) for name, kind in parsed.frame.schema.items() if str(kind) != "String"} == {
        "row_id": "Int64", "position": "UInt32", "birth_date": "Date", "sex": "Int16",
    }  # fmt: skip


def test_rows_keep_their_order_and_place() -> None:
    parsed = read(PERSON, {**PERSON, "sex": "?"}, HER)
    assert parsed.frame.select("row_id", "position", "full_name").rows() == [(1, 0, "Nông Văn An"), (2, 2, "Lý Thị Bình")]
    assert parsed.rows_rejected == 1


@pytest.mark.parametrize("kind", ["full", "changes", "returned"])
def test_no_rows(kind: str) -> None:
    parsed = read(kind=kind)
    assert (parsed.frame.height, parsed.rejects, parsed.warnings, parsed.rows_read) == (0, [], [], 0)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"full_name": " "}, [("full_name", "name_missing")]),
        ({"full_name": "123 ..."}, [("full_name", "name_missing")]),
        ({"full_name": "An " * 100}, [("full_name", "name_too_long")]),
        ({"birth_date": ""}, [("birth_date", "birth_date_missing")]),
        ({"birth_date": "29/02/1950"}, [("birth_date", "birth_date_invalid")]),
        ({"birth_date": "không rõ"}, [("birth_date", "birth_date_invalid")]),
        ({"birth_date": "23/11/2026"}, [("birth_date", "birth_date_future")]),
        ({"birth_date": "2027"}, [("birth_date", "birth_date_future")]),
        ({"sex": "", "full_name": ""}, [("full_name", "name_missing"), ("sex", "sex_invalid")]),
        ({"citizen_id": "0300800O1234"}, [("citizen_id", "citizen_id_invalid")]),
        ({"citizen_id": "0300800012345"}, [("citizen_id", "citizen_id_invalid")]),
        ({"citizen_id": "30080001234.5"}, [("citizen_id", "citizen_id_invalid")]),
        ({"citizen_id": "3.0080001E+10"}, [("citizen_id", "citizen_id_invalid")]),
        ({"citizen_id": "B1234567"}, [("citizen_id", "citizen_id_passport")]),
        ({"citizen_id": "xem ghi chú"}, [("citizen_id", "citizen_id_invalid")]),
    ],
)
def test_faults(cells: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert faults({**PERSON, **cells}) == [(2, *fault) for fault in expected]


def test_a_reject_holds_the_row_as_it_came_and_its_message_no_value() -> None:
    (reject,) = read({**PERSON, "sex": " ? ", "village": "Bản  Mới"}).rejects
    assert reject.raw == {**PERSON, "sex": " ? ", "village": "Bản  Mới"}
    assert "Giới tính" in reject.message and PERSON["full_name"] not in reject.message


@pytest.mark.parametrize(
    ("text", "number", "remark"),
    [
        (NUMBER, NUMBER, set()),
        (f"'{NUMBER}", NUMBER, set()),
        ("030 080 001 234", NUMBER, set()),
        ("030.080.001.234", NUMBER, set()),
        ("030\u00a0080\u200b001\u200e234", NUMBER, set()),
        ("030080001234.0", NUMBER, set()),
        ("30080001234.0", NUMBER, set()),
        ("3.0080001234E+10", NUMBER, set()),
        ("3,0080001234e10", NUMBER, set()),
        ("3.1234567e7", None, {"citizen_id_old_kept_out"}),
        # A spreadsheet took the zero; sex and year in the number fit the row.
        ("30080001234", NUMBER, set()),
        ("", None, set()),
        (" \u00a0\u200b", None, set()),
        ("không có", None, {"citizen_id_placeholder"}),
        ("Chưa có", None, {"citizen_id_placeholder"}),
        ("x", None, {"citizen_id_placeholder"}),
        ("0", None, {"citizen_id_placeholder"}),
        ("-", None, {"citizen_id_placeholder"}),
        ("000000000000", None, {"citizen_id_placeholder"}),
        ("111 111 111 111", None, {"citizen_id_placeholder"}),
        ("123456789012", None, {"citizen_id_placeholder"}),
        ("999999999", None, {"citizen_id_placeholder"}),
        # An old identity card, its zero lost in the second.
        ("031234567", None, {"citizen_id_old_kept_out"}),
        ("31234567", None, {"citizen_id_old_kept_out"}),
        ("142.345.678", None, {"citizen_id_old_kept_out"}),
    ],
)
def test_numbers(text: str, number: str | None, remark: set[str]) -> None:
    assert only(citizen_id=text)["citizen_id"] == number
    assert remarks(citizen_id=text) == remark


@pytest.mark.parametrize(
    "cells",
    [
        # One digit is missing somewhere: not the year, not the sex, not a place in which births are registered.
        {"citizen_id": "30080001234", "birth_date": "05/03/1981"},
        {"citizen_id": "30080001234", "sex": "Nữ"},
        {"citizen_id": "3080001234"},
        {"citizen_id": "03008000123"},
    ],
)
def test_eleven_digits_are_no_number_unless_the_row_speaks_for_them(cells: dict[str, str]) -> None:
    assert faults({**PERSON, **cells}) == [(2, "citizen_id", "citizen_id_invalid")]


def test_guardians() -> None:
    assert only(guardian_id="30155004321")["guardian_citizen_id"] == HERS
    for text, remark in (
        ("", set()),
        ("chưa có", set()),
        ("3015500432", {"guardian_id_unreadable"}),
        (NUMBER, {"guardian_is_self"}),
    ):
        assert remarks(guardian_id=text) == remark
    assert only(guardian_id="3015500432")["guardian_citizen_id"] is None


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, set()),
        ({"citizen_id": "030180001234"}, {"citizen_id_sex"}),
        ({"citizen_id": "030180001234", "sex": "3"}, set()),
        ({"citizen_id": "030081001234"}, {"citizen_id_birth_year"}),
        ({"citizen_id": "030280001234"}, {"citizen_id_birth_year"}),
        ({"citizen_id": "003080001234"}, {"citizen_id_prefix"}),
        ({"citizen_id": "150080001234"}, set()),
        ({"citizen_id": "", "birth_date": "1916"}, set()),
        ({"citizen_id": "", "birth_date": "1915"}, {"age_implausible"}),
        ({"full_name": "Nông Văn An 2"}, {"name_unusual"}),
        ({"full_name": "Nông Văn An\x07"}, {"name_unusual"}),
        ({"full_name": "=HYPERLINK(A1)"}, {"name_unusual"}),
        ({"full_name": "Robert'); DROP TABLE roster.person;--"}, {"name_unusual"}),
        ({"full_name": "\u202eH’Hen Niê-Kđăm\u200f"}, set()),
        ({"phone": "gọi con trai"}, {"phone_unreadable"}),
        ({"phone": "không"}, set()),
        ({"insurance_no": "GD4 hết hạn"}, {"insurance_no_unreadable"}),
        ({"insurance_no": "chưa có"}, set()),
        ({"ethnic": "Sao Hỏa"}, {"ethnic_unknown"}),
        ({"residence": "trên mây"}, {"residence_unknown"}),
        ({"groups": "Hộ nghèo; Thợ lặn"}, {"group_unknown"}),
        ({"groups": "không"}, set()),
        ({"village": "Bản " * 300}, {"text_cut"}),
    ],
)
def test_remarks_reject_nobody(cells: dict[str, str], expected: set[str]) -> None:
    assert remarks(**cells) == expected


def test_a_remark_says_where_and_no_value() -> None:
    (warning,) = read(HER, {**PERSON, "phone": "gọi con trai"}).warnings
    assert (warning.sheet, warning.row_number, warning.column_name, warning.raw) == (None, 3, "phone", {})
    assert "Số điện thoại" in warning.message and "con trai" not in warning.message


def test_rejected_rows_have_no_remarks() -> None:
    assert read({**PERSON, "sex": "", "phone": "gọi con trai"}).warnings == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kinh", "01"),
        ("01", "01"),
        ("1.0", "01"),
        ("01 - Kinh", "01"),
        ("Dân tộc Tày", "02"),
        ("H'Mông", "08"),
        ("Muong", "06"),
        ("", None),
    ],
)
def test_ethnic_groups(text: str, code: str | None) -> None:
    assert only(ethnic=text)["ethnic_code"] == code


@pytest.mark.parametrize(
    ("text", "residence"),
    [
        ("", "permanent"),
        ("thuong tru", "permanent"),
        ("Thường trú", "permanent"),
        ("HKTT", "permanent"),
        ("Tạm trú từ 12 tháng", "temporary_12m"),
        ("Tạm trú > 1 năm", "temporary_12m"),
        ("trên mây", "temporary_short"),
        ("KT3", "temporary_12m"),
        ("Tạm trú <12 tháng", "temporary_short"),
        ("Tạm trú", "temporary_short"),
        ("?!", "permanent"),
    ],
)
def test_residences(text: str, residence: str) -> None:
    assert only(residence=text)["residence"] == residence


def test_hostile_text_stays_text() -> None:
    row = only(full_name="=CMD|' /C calc'!A0", village="'; DELETE FROM roster.person; --", relation="\u202eộh ủhC\u0000")
    assert row["full_name"] == "=CMD|' /C calc'!A0"
    assert row["village"] == "'; DELETE FROM roster.person; --"
    assert row["relation"] == "ộh ủhC"


def test_long_texts_are_cut() -> None:
    assert only(village="Bản " * 300)["village"] == ("Bản " * 256).strip()


def test_one_number_twice() -> None:
    again = {**PERSON, "full_name": "Nông Thị Khác", "citizen_id": f"'{NUMBER}"}
    assert faults(PERSON, HER, again) == [(4, "citizen_id", "duplicate_in_file")]
    # A faulty row does not take the number away from a good one.
    assert faults({**PERSON, "sex": ""}, again) == [(2, "sex", "sex_invalid")]


def test_one_row_twice() -> None:
    child = {"full_name": "Bế Minh Châu", "birth_date": "01/06/2024", "sex": "Nữ", "household_no": "7", "village": "Bản Mới"}
    again = {**child, "full_name": "BẾ  MINH CHÂU", "citizen_id": "chưa có", "phone": "0912345678"}
    assert faults(child, HER, again, child) == [(4, "full_name", "row_repeated"), (5, "full_name", "row_repeated")]
    # The row with a number is kept, wherever it stands.
    assert faults(child, {**child, "citizen_id": HERS}, child) == [
        (2, "full_name", "row_repeated"),
        (4, "full_name", "row_repeated"),
    ]
    for cells in ({"village": ""}, {"household_no": "8"}, {"birth_date": "2024"}, {"sex": "Nam"}):
        assert faults(child, {**child, **cells}) == []
        assert faults({**child, **cells}, {**child, **cells})[1:] == []
    assert faults({**child, "birth_date": "2024"}, {**child, "birth_date": "2024"}) == []
    assert faults({**child, "village": ""}, {**child, "village": ""}) == []


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Mới sinh", "listed"),
        ("chuyển đến", "listed"),
        ("TĂNG", "listed"),
        ("Sửa", "listed"),
        ("Điều chỉnh", "listed"),
        ("Chết", "died"),
        ("tử vong", "died"),
        ("Chuyển đi", "left"),
        ("Giảm", "left"),
        ("Xoá tên", "left"),
        ("Xóa tên", "left"),
    ],
)
def test_changes(text: str, change: str) -> None:
    parsed = read({**PERSON, "change": text}, kind="changes")
    assert (parsed.rejects, parsed.frame["change"].to_list()) == ([], [change])


def test_a_list_of_changes_says_what_changed() -> None:
    rows = {**PERSON, "change": " "}, {**HER, "change": "Bay lên"}
    assert faults(*rows, kind="changes") == [(2, "change", "change_missing"), (3, "change", "change_unknown")]
    # A full list may have such a column, and it says nothing; rows of a full list that were handed back have none.
    assert read(*rows).frame["change"].to_list() == ["listed", "listed"]
    assert read(PERSON, {**HER, "change": "Chết"}, kind="returned").frame["change"].to_list() == ["listed", "died"]


def test_who_left_needs_a_name_and_a_number_or_a_birth_date() -> None:
    gone = {"full_name": "Nông Văn An", "change": "Chết"}
    by_number = read({**gone, "citizen_id": NUMBER, "birth_date": "31/02/1980"}, kind="changes")
    assert by_number.rejects == []
    assert by_number.frame.select("citizen_id", "birth_date", "birth_precision", "sex", "change").row(0) == (
        NUMBER, None, None, None, "died",
    )  # fmt: skip
    assert read({**gone, "citizen_id": NUMBER, "birth_date": "2031"}, kind="changes").frame["birth_date"].to_list() == [None]
    assert read({**gone, "birth_date": "5/3/80"}, kind="changes").frame["birth_date"].to_list() == [date(1980, 3, 5)]
    for cells, fault in (
        ({}, ("citizen_id", "leaver_unidentified")),
        ({"citizen_id": "không có"}, ("citizen_id", "leaver_unidentified")),
        ({"birth_date": "31/02/1980"}, ("birth_date", "birth_date_invalid")),
        ({"citizen_id": NUMBER, "full_name": ""}, ("full_name", "name_missing")),
    ):
        assert faults({**gone, **cells}, kind="changes") == [(2, *fault)]


# Whatever people type -----------------------------------------------------------------------------------------------

syllables = st.sampled_from(
    [
        "Nguyễn",
        "THỊ",
        "hoà",
        "Hòa",
        "Thuý",
        "Thúy",
        "quý",
        "Ðức",
        "đặng",
        "Ưng",
        "H'Hen",
        "Niê",
        "Văn-An",
        "A",
        "Ý",
        "(bé)",
        "2",
        "ß",
        "İ",
    ]
)
spaces = st.sampled_from([" ", "  ", "\u00a0", "\u200b", " \t", "\u3000", "-", "\u200f", "\x1d"])
names = st.lists(st.tuples(syllables, spaces), max_size=5).map(lambda parts: "".join(map("".join, parts)))
anything = st.text(max_size=30)
vietnamese = st.one_of(names, names.map(lambda name: unicodedata.normalize("NFD", name)), names.map(str.swapcase), anything)


@examples
@given(st.lists(vietnamese, max_size=8))
@example([unicodedata.normalize("NFD", "Ðặng Thị Hoà"), "a\u200d\u0301", "a\u034f\u0301", "\u1160", "K\u212a", "\ud7b0\u0338"])
def test_columns_are_cleaned_as_cells_are(texts: list[str]) -> None:
    values = pl.Series("texts", texts, dtype=pl.String)
    cleaned = columns.clean(values)
    assert cleaned.to_list() == [nfc(text) for text in texts]
    assert columns.clean(cleaned).to_list() == cleaned.to_list()
    assert values.to_list() == texts
    key, fold = columns.name_keys(cleaned)
    assert key.to_list() == [name_key(text) for text in texts]
    assert fold.to_list() == [name_fold(text) for text in texts]


def test_every_letter_of_vietnamese_has_the_keys_of_its_cell() -> None:
    words = pl.Series("words", [letter + mark for letter in columns.LETTERS for mark in ("", "n", "\u0301", "\u0323")])
    cleaned = columns.clean(words)
    assert cleaned.to_list() == [nfc(word) for word in words]
    key, fold = columns.name_keys(cleaned)
    assert key.to_list() == [name_key(word) for word in words]
    assert fold.to_list() == [name_fold(word) for word in words]


numbers = st.integers(0, 32).map(str)
parts = st.one_of(numbers, st.integers(0, 99).map("{:02}".format), st.sampled_from(["xx", "?", "--", ""]))
years = st.one_of(st.integers(1870, 2040).map(str), st.integers(0, 99).map("{:02}".format))
marks = st.sampled_from(["/", "-", ".", " / ", " ", "//"])
dates = st.one_of(
    st.tuples(parts, marks, parts, marks, years).map("".join),
    st.tuples(st.integers(1900, 2027), st.integers(0, 13), st.integers(0, 32)).map(
        lambda ymd: "{:04}-{:02}-{:02}".format(*ymd)
    ),
    st.tuples(numbers, numbers, years).map(lambda dmy: "ngày {} tháng {} năm {}".format(*dmy)),
    st.tuples(marks, years).map("".join),
    st.integers(0, 99_999_999).map(str),
    anything,
)


@examples
@given(st.lists(dates, max_size=10))
@example(
    ["29/02/1950", "29/02/2000", "31.04.1980", "5-3-1980", "05/03/1879", "1980-03-05", "1980-02-30", "+5/03/1980", "5/3/80"]
)
def test_columns_of_dates_are_read_as_cells_are(texts: list[str]) -> None:
    cleaned = columns.clean(pl.Series("texts", texts, dtype=pl.String))
    made, precision = columns.birth_dates(cleaned, TODAY)
    expected = [parse_birth_text(text, TODAY) or (None, None) for text in texts]
    assert list(zip(made.to_list(), precision.to_list(), strict=True)) == expected


digits = st.text("0123456789", min_size=7, max_size=16)
written = st.one_of(
    digits,
    st.tuples(
        st.sampled_from(["", "'", "+84", "84", "GD4", "te1 "]), digits, st.sampled_from(["", " ", ".0", "; ", ",", "/"]), digits
    ).map("".join),
    st.text("0123456789 .'-+;,/GDe\u200b\u00a0", max_size=20),
    anything,
)


@examples
@given(st.lists(written, max_size=10))
def test_columns_of_numbers_are_read_as_cells_are(texts: list[str]) -> None:
    values = pl.Series("texts", texts, dtype=pl.String)
    assert columns.phones(values)[0].to_list() == [clean_phone(text) for text in texts]
    assert columns.insurance_nos(values)[0].to_list() == [clean_insurance_no(text) for text in texts]
    found, remark = columns.citizen_ids(values)
    for text, number, said in zip(texts, found.to_list(), remark.to_list(), strict=True):
        assert (number, said or "") == columns.read_citizen_id(text)


cells = {
    "full_name": vietnamese,
    "birth_date": dates,
    "sex": st.one_of(st.sampled_from(["Nam", "nữ", "NỮ", "1", "2.0", "3", ""]), anything),
    "citizen_id": st.one_of(st.sampled_from([NUMBER, HERS, "", "không có", "30080001234", "031234567"]), written),
    "insurance_no": written,
    "ethnic": st.one_of(st.sampled_from(["Kinh", "7", "Mông"]), anything),
    "phone": written,
    "village": vietnamese,
    "household_no": anything,
    "relation": anything,
    "residence": st.one_of(st.sampled_from(["Tạm trú", "KT3"]), anything),
    "groups": anything,
    "guardian_id": written,
    "change": st.one_of(st.sampled_from(["Chết", "Chuyển đi", "Sửa", ""]), anything),
}
rows = st.lists(st.fixed_dictionaries(cells), max_size=6)
WRITTEN_AS = {"day": "%d/%m/%Y", "month": "%m/%Y", "year": "%Y", None: ""}


def as_list(row: dict[str, Any]) -> dict[str, str]:
    """A row of the outcome as a clerk would write it."""
    born = row["birth_date"]
    # strftime does not pad years on every platform.
    written = born.strftime(WRITTEN_AS[row["birth_precision"]].replace("%Y", f"{born.year:04}")) if born else ""
    return {
        **{
            name: row[name] or ""
            for name in ("full_name", "citizen_id", "insurance_no", "phone", "village", "household_no", "relation")
        },
        "birth_date": written,
        "sex": str(row["sex"] or ""),
        "ethnic": row["ethnic_code"] or "",
        "residence": {"permanent": "Thường trú", "temporary_12m": "KT3", "temporary_short": "Tạm trú"}[row["residence"]],
        "guardian_id": row["guardian_citizen_id"] or "",
        "change": {"listed": "Sửa", "left": "Giảm", "died": "Chết"}[row["change"]],
    }


@examples
@given(rows, st.sampled_from(["full", "changes", "returned"]))
def test_reading_never_fails_and_reading_twice_changes_nothing(given_rows: list[dict[str, str]], kind: str) -> None:
    first = read(*given_rows, kind=kind)
    assert first.rows_read == len(given_rows)
    assert first.frame.height + len({reject.row_number for reject in first.rejects}) == len(given_rows)
    again = read(*(as_list(row) for row in first.frame.iter_rows(named=True)), kind=kind)
    assert again.rejects == []
    same = [name for name in STAGED if name != "groups"]
    assert again.frame.select(same).rows() == first.frame.select(same).rows()


@settings(examples, max_examples=50)
@given(rows, st.integers(0, 5))
def test_a_part_of_a_list_is_read_as_in_the_whole(given_rows: list[dict[str, str]], at: int) -> None:
    whole = read(*given_rows)
    parts = [read(*given_rows[:at]), read(*given_rows[at:])]
    # Only whether a row was there before can be seen in the whole alone.
    again = {reject.row_number for reject in whole.rejects if reject.reason_code in ("duplicate_in_file", "row_repeated")}
    for part, begin in zip(parts, (0, at), strict=True):
        expected = {row["position"] + begin: row for row in part.frame.drop("row_id").iter_rows(named=True)}
        for row in whole.frame.drop("row_id").iter_rows(named=True):
            if begin <= row["position"] < begin + part.rows_read:
                assert {**expected.pop(row["position"]), "position": row["position"]} == row
        assert {position + 2 for position in expected} <= again
