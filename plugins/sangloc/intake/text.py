"""Text as people type it, to values that can be compared. Nothing here logs or raises what it was given."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

from sangloc import clock

Precision = Literal["day", "month", "year"]

EARLIEST_YEAR = 1880

# Members of a character class, for Python's regular expressions and for those of Polars alike.
# What nobody sees: controls but white space, soft hyphen, joiners, direction marks, variation selectors, byte order mark.
INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
# White space as str.split() knows it.
SPACE = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# What people put between the digits of a number.
SEPARATORS = SPACE + INVISIBLE + r"""._'’‘`´"“”\-–"""
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_SEPARATORS = re.compile(f"[{SEPARATORS}]+")
# What a spreadsheet adds to a number that it took for a quantity.
_DECIMALS = re.compile(r"(?<=\d{7})[.,]0{1,2}\s*$")

# Icelandic eth and African D look like the Vietnamese letter and do occur in files; neither has a decomposition.
LOOKALIKES = {"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ"}
_LOOKALIKES = str.maketrans(LOOKALIKES)
# grave, acute, tilde, hook above, dot below
_TONES = {"\u0300": "1", "\u0301": "2", "\u0303": "3", "\u0309": "4", "\u0323": "5"}
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")

_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})(?:\s+00:00(?::00(?:\.0+)?)?)?")
_ISO = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?")
_MONTH = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{4})")
_YEAR = re.compile(r"(\d{4})(?:\.0)?")

# How dates stand in lists of communes beyond that, in lower case.
_TIME = re.compile(r"[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:am|pm|sa|ch|z))?$")
_DATE_WORDS = re.compile(r"(?:sinh|ngày|ngay|tháng|thang|thg|năm|nam|khoảng)[.:]?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = re.compile(rf"(?<=\d)[ .,/\-]*({'|'.join(_MONTHS)})[a-z]*")
# Marks and gaps where day and month should be, up to a separator: what stands before it was left open.
_LEFT_OPEN = re.compile(r"^[/\\.,\-–— ?x*_…]+(?<=[/\\.,\-–— ])")
_GAP = r"(?: ?[/\\.,\-–—]+ ?| +)"
_LISTED_DAY = re.compile(rf"(\d{{1,2}}){_GAP}(\d{{1,2}}|[?x*_.…]{{1,4}}|-{{1,2}}){_GAP}(\d{{4}}|\d{{2}})")
_LISTED_MONTH = re.compile(rf"(\d{{1,2}}){_GAP}(\d{{4}})")
_DIGITS = re.compile(r"(\d{1,2})(\d{2})(\d{4})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
# Day 0 of spreadsheet serial numbers; those of five digits that are the birthday of anybody alive or to come.
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(10_000, 80_000)
_LONGEST_DATE = 60

_CITIZEN_ID = re.compile(r"\d{12}")
_INSURANCE_NO = re.compile(r"[A-Z]{2}[1-5]\d{12}|\d{12}|\d{10}")
_PHONE = re.compile(r"0\d{9,10}")


def nfc(text: str) -> str:
    """`text` in Unicode NFC, with the Icelandic eth as Đ and every run of white space as one space, trimmed.

    What cannot be seen (controls, zero-width characters, marks of writing direction) is taken out.
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).translate(_LOOKALIKES)
    return " ".join(text.split())


@functools.lru_cache(maxsize=200_000)
def _word_key(word: str) -> str:
    tones = []
    letters = []
    for character in unicodedata.normalize("NFD", word.casefold().translate(_LOOKALIKES)):
        if character in _TONES:
            tones.append(_TONES[character])
        else:
            letters.append(character)
    return unicodedata.normalize("NFC", "".join(letters)) + "".join(tones)


@functools.lru_cache(maxsize=200_000)
def _word_fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold().translate(_LOOKALIKES)).replace("đ", "d")
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def name_key(name: str) -> str:
    """A key on which two spellings of one name agree.

    It ignores case, spacing, punctuation and where the tone mark stands (hoà = hòa): the tone of each word is taken
    out and put at its end as a digit 1 to 5. Letters with their own mark (ă â ê ô ơ ư đ) stay apart from plain ones.
    """
    return " ".join(map(_word_key, _WORD.findall(nfc(name))))


def name_fold(name: str) -> str:
    """`name` in lower case without any diacritics, as a careless typist or an old system writes it."""
    return " ".join(map(_word_fold, _WORD.findall(nfc(name))))


def map_unique(values: Iterable[str], function: Callable[[str], str]) -> list[str]:
    """`function` of every value, computed once for each different one. For columns of millions of rows."""
    known: dict[str, str] = {}
    result = []
    for value in values:
        made = known.get(value)
        if made is None:
            made = known[value] = function(value)
        result.append(made)
    return result


def _made(year: int, month: int, day: int) -> tuple[date, Precision] | None:
    precision: Precision = "day"
    if month == 0 and day == 0:
        month = day = 1
        precision = "year"
    elif day == 0:
        day = 1
        precision = "month"
    if year < EARLIEST_YEAR:
        return None
    try:
        return date(year, month, day), precision
    except ValueError:
        return None


def parse_date(text: str) -> tuple[date, Precision] | None:
    """The date written in `text`, and how much of it is known; None when there is none.

    Reads d/m/yyyy (also with . and -), yyyy-mm-dd, yyyymmdd and yyyymmddHHMM (QĐ 3176, QĐ 2062), m/yyyy, yyyy; zeros
    in place of day or month mean unknown. An unknown month or day becomes 1. The year is 1880 at the earliest; the
    future is the caller's to judge. Years of two digits are refused: no century can be told.
    """
    text = text.strip()
    if found := _DAY.fullmatch(text):
        return _made(int(found[3]), int(found[2]), int(found[1]))
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH.fullmatch(text):
        return _made(int(found[2]), int(found[1]), 0)
    if found := _YEAR.fullmatch(text):
        return _made(int(found[1]), 0, 0)
    return None


def parse_birth_date(text: str) -> tuple[date, Precision] | None:
    """As `parse_date`, and None too for a day after today."""
    parsed = parse_date(text)
    return None if parsed is None or parsed[0] > clock.today() else parsed


def parse_birth_text(text: str, today: date) -> tuple[date, Precision] | None:
    """As `parse_date`, for lists that people type: many more forms, the future still the caller's to judge.

    Beyond `parse_date` it reads a time of day behind the date, "ngày 5 tháng 3 năm 1980", 5-Mar-80, ddmmyyyy with or
    without its first zero, the serial number of a spreadsheet (five digits), and marks such as xx, ?, -- or an empty
    place for an unknown day or month; a known day of an unknown month counts for nothing. A year of two digits, only
    together with day and month, is the one that makes a person who was born by `today` and is not yet 100 years old:
    there is exactly one. The month never comes first, and a day that its month has not got is no date.
    """
    text = nfc(text)
    if found := parse_date(text):
        return found
    if len(text) > _LONGEST_DATE:
        return None
    text = _TIME.sub("", text.lower())
    text = _MONTH_NAME.sub(lambda name: f"/{_MONTHS.index(name[1]) + 1}", text)
    text = _LEFT_OPEN.sub("", nfc(_DATE_WORDS.sub(" ", text)))
    if found := parse_date(text):
        return found
    if (serial := _SERIAL.fullmatch(text)) and int(serial[1]) in _SERIALS:
        return _SERIAL_ZERO + timedelta(days=int(serial[1])), "day"
    if parts := _LISTED_DAY.fullmatch(text) or _DIGITS.fullmatch(text):
        day, month, year = int(parts[1]), int(parts[2]) if parts[2].isdigit() else 0, int(parts[3])
        if month == 0:
            day = 0
        if len(parts[3]) == 4:
            return _made(year, month, day)
        century = today.year - today.year % 100
        recent = _made(century + year, month, day)
        return recent if recent and recent[0] <= today else _made(century - 100 + year, month, day)
    if parts := _LISTED_MONTH.fullmatch(text):
        return _made(int(parts[2]), int(parts[1]), 0)
    return None


def clean_citizen_id(text: str) -> str | None:
    """`text` without spaces, dots, hyphens, apostrophes and the like; None when nothing is left. No shape is judged.

    The ".0" of a number that a spreadsheet took for a quantity goes as well.
    """
    return _SEPARATORS.sub("", _DECIMALS.sub("", text)) or None


def is_citizen_id(text: str) -> bool:
    """Whether `text` is a personal number (số định danh cá nhân): 12 digits (NĐ 137/2015/NĐ-CP, article 13).

    It has no check digit, and its prefix says where a birth was registered: neither can be judged.
    """
    return text.isascii() and _CITIZEN_ID.fullmatch(text) is not None


def clean_insurance_no(text: str) -> str | None:
    """An insurance number in one of its three shapes, upper case, without separators; None for anything else.

    Card of 15 characters (QĐ 1351/QĐ-BHXH), social insurance number of 10 digits, personal number of 12 digits.
    Of several cards joined by `;` the first counts.
    """
    for part in text.split(";"):
        cleaned = _SEPARATORS.sub("", _DECIMALS.sub("", part)).upper()
        if cleaned:
            return cleaned if cleaned.isascii() and _INSURANCE_NO.fullmatch(cleaned) else None
    return None


def insurance_key(insurance_no: str) -> str:
    """The part of a clean insurance number that stays with the person: of a card its last 10 digits, else all."""
    return insurance_no[5:] if len(insurance_no) == 15 else insurance_no


def clean_phone(text: str) -> str | None:
    """The first telephone number in `text` as 10 or 11 digits with a leading zero; None when there is none."""
    for part in re.split(r"[;,/]", _DECIMALS.sub("", text)):
        digits = re.sub(r"[^\d+]", "", part)
        if digits.startswith("+84"):
            digits = "0" + digits[3:]
        elif digits.startswith("84") and len(digits) == 11:
            digits = "0" + digits[2:]
        elif len(digits) == 9 and not digits.startswith("0"):
            digits = "0" + digits
        if _PHONE.fullmatch(digits):
            return digits
    return None


_SEXES = {
    "nam": 1, "1": 1, "1.0": 1, "m": 1, "male": 1, "trai": 1,
    "nu": 2, "2": 2, "2.0": 2, "f": 2, "female": 2, "gai": 2,
    "3": 3, "3.0": 3, "chua xac dinh": 3, "khac": 3,
}  # fmt: skip


def parse_sex(text: str) -> int | None:
    """1 male, 2 female, 3 not determined (GIOI_TINH of QĐ 3176 and QĐ 2062); None when the text says none of them."""
    key = text.strip().casefold()
    return _SEXES.get(key) or _SEXES.get(name_fold(key))
