"""What people type, and what it means."""

import unicodedata
from datetime import date

import pytest

from sangloc import intake
from sangloc.intake.text import parse_birth_text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Thị Hòa", "NGUYỄN  THỊ HOÀ"),
        ("Trần Thúy Quý", unicodedata.normalize("NFD", "trần thuý quý")),
        ("Ðặng Văn Đức", "Đặng Văn Đức"),
        ("H'Hen Niê", "h’hen  niê"),
        ("Nông Văn Khuỷu", "nông văn khủyu"),
    ],
)
def test_spellings_of_one_name_agree(one: str, other: str) -> None:
    assert intake.name_key(one) == intake.name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lan", "Lân"), ("Hoa", "Hòa"), ("Dũng", "Dụng"), ("Dung", "Đung"), ("Hương", "Hường"), ("Mai An", "Ma Ian")],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert intake.name_key(one) != intake.name_key(other)


def test_fold_has_no_diacritics() -> None:
    assert intake.name_fold(" Ðặng  QUỲNH Thủy-Ưng ") == "dang quynh thuy ung"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("05/03/1980", (date(1980, 3, 5), "day")),
        (" 5/3/1980 ", (date(1980, 3, 5), "day")),
        ("5.3.1980", (date(1980, 3, 5), "day")),
        ("1980-03-05", (date(1980, 3, 5), "day")),
        ("1980-03-05 00:00:00", (date(1980, 3, 5), "day")),
        ("198003051430", (date(1980, 3, 5), "day")),
        ("198000000000", (date(1980, 1, 1), "year")),
        ("00/00/1980", (date(1980, 1, 1), "year")),
        ("00/03/1980", (date(1980, 3, 1), "month")),
        ("3/1980", (date(1980, 3, 1), "month")),
        ("1980", (date(1980, 1, 1), "year")),
        ("29/02/2000", (date(2000, 2, 29), "day")),
        ("29/02/2001", None),
        ("31/04/1980", None),
        ("13/13/1980", None),
        ("5/3/80", None),
        ("05/03/1879", None),
        ("không rõ", None),
        ("", None),
    ],
)
def test_dates(text: str, expected: tuple[date, str] | None) -> None:
    assert intake.parse_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("05/03/1980", (date(1980, 3, 5), "day")),
        ("1980", (date(1980, 1, 1), "year")),
        ("00/00/1980", (date(1980, 1, 1), "year")),
        ("5/3/80", (date(1980, 3, 5), "day")),
        ("05-03-80", (date(1980, 3, 5), "day")),
        # The last birthday of nobody who is a hundred, and the first.
        ("22/11/26", (date(2026, 11, 22), "day")),
        ("23/11/26", (date(1926, 11, 23), "day")),
        ("29/02/00", (date(2000, 2, 29), "day")),
        ("29/02/26", None),
        ("00/00/50", (date(1950, 1, 1), "year")),
        ("3/80", None),
        ("80", None),
        ("05/03/1980 14:30", (date(1980, 3, 5), "day")),
        ("5/3/1980 12:00:00 AM", (date(1980, 3, 5), "day")),
        ("1980-03-05T07:00:00", (date(1980, 3, 5), "day")),
        ("ngày 5 tháng 3 năm 1980", (date(1980, 3, 5), "day")),
        ("Ngày ... tháng 3 năm 1980", (date(1980, 3, 1), "month")),
        ("ngày   tháng   năm 1980", (date(1980, 1, 1), "year")),
        ("Sinh năm 1980", (date(1980, 1, 1), "year")),
        ("5-Mar-80", (date(1980, 3, 5), "day")),
        ("05-Thg3-1980", (date(1980, 3, 5), "day")),
        ("Mar 5, 1980", None),
        ("05 03 1980", (date(1980, 3, 5), "day")),
        ("05031980", (date(1980, 3, 5), "day")),
        ("5031980", (date(1980, 3, 5), "day")),
        ("29285", (date(1980, 3, 5), "day")),
        ("29285.5", (date(1980, 3, 5), "day")),
        ("99999", None),
        ("xx/xx/1950", (date(1950, 1, 1), "year")),
        ("--/--/1950", (date(1950, 1, 1), "year")),
        ("?/1950", (date(1950, 1, 1), "year")),
        ("  /  /1950", (date(1950, 1, 1), "year")),
        ("xx/03/1950", (date(1950, 3, 1), "month")),
        ("01/00/1950", (date(1950, 1, 1), "year")),
        ("01/xx/1950", (date(1950, 1, 1), "year")),
        ("?5/03/1950", None),
        ("05/03/19??", None),
        ("29/02/1950", None),
        ("31/04/80", None),
        ("12/25/1980", None),
        ("05/03/1879", None),
        ("05/03/1980\u200e", (date(1980, 3, 5), "day")),
        ("-" * 10_000 + "1950", None),
        ("không rõ", None),
        ("", None),
    ],
)
def test_birth_dates_as_people_write_them(text: str, expected: tuple[date, str] | None) -> None:
    assert parse_birth_text(text, date(2026, 11, 22)) == expected


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert intake.nfc("\u202eAn\u200d\u0000 \u00a0 Bình\u00ad\u0007") == "An Bình"
    # A joiner kept letter and tone apart.
    assert intake.nfc("Ho\u034fa\u200b\u0300") == "Hoà"


def test_nobody_is_born_tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")
    assert intake.parse_birth_date("21/11/2026") == (date(2026, 11, 21), "day")
    assert intake.parse_birth_date("22/11/2026") is None


def test_numbers() -> None:
    assert intake.clean_citizen_id("'0201 8500.1234 ") == "020185001234"
    assert intake.clean_citizen_id(" ") is None
    assert intake.clean_citizen_id("20185001234.0") == "20185001234"
    assert intake.is_citizen_id("020185001234")
    assert not intake.is_citizen_id("20185001234")
    assert not intake.is_citizen_id("٠٢٠١٨٥٠٠١٢٣٤")
    assert intake.clean_insurance_no("te1 20 2012345678") == "TE1202012345678"
    assert intake.clean_insurance_no("2012345678") == "2012345678"
    assert intake.clean_insurance_no("GD4202012345678;TE1202012345678") == "GD4202012345678"
    assert intake.clean_insurance_no("GD4 chưa có") is None
    assert intake.insurance_key("TE1202012345678") == "2012345678"
    assert intake.insurance_key("020185001234") == "020185001234"
    assert intake.clean_phone("+84 912 345 678") == "0912345678"
    assert intake.clean_phone("912345678") == "0912345678"
    assert intake.clean_phone("0912.345.678 / 0987654321") == "0912345678"
    assert intake.clean_phone("912345678.0") == "0912345678"
    assert intake.clean_phone("không có") is None


@pytest.mark.parametrize(("text", "sex"), [("Nam", 1), ("NỮ", 2), ("nu", 2), ("1", 1), ("2.0", 2), ("", None), ("x", None)])
def test_sex(text: str, sex: int | None) -> None:
    assert intake.parse_sex(text) == sex
