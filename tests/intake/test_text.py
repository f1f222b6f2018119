"""What people type, and what it means."""

import unicodedata
from datetime import date

import pytest

from sangloc import intake


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


def test_nobody_is_born_tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")
    assert intake.parse_birth_date("21/11/2026") == (date(2026, 11, 21), "day")
    assert intake.parse_birth_date("22/11/2026") is None


def test_numbers() -> None:
    assert intake.clean_citizen_id("'0201 8500.1234 ") == "020185001234"
    assert intake.clean_citizen_id(" ") is None
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
    assert intake.clean_phone("không có") is None


@pytest.mark.parametrize(("text", "sex"), [("Nam", 1), ("NỮ", 2), ("nu", 2), ("1", 1), ("2.0", 2), ("", None), ("x", None)])
def test_sex(text: str, sex: int | None) -> None:
    assert intake.parse_sex(text) == sex
