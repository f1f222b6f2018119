"""Personal numbers and dates that a spreadsheet program has turned into numbers, from the text it left of them."""

from __future__ import annotations

import re
from decimal import Decimal

_FLOAT = re.compile(r"(\d{9,12})[.,]0+")
# Seven places and more: what a program shows in a narrow cell has fewer, and the rest of the number is lost.
_POWER = re.compile(r"(\d)[.,](\d{7,11})[eE]\+?(\d{1,2})")
_BIRTH_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def whole_number(text: str) -> str:
    """The digits of a number written as 20080001234.0 or 2.0080001234E10; any other text as it is."""
    if found := _FLOAT.fullmatch(text):
        return found[1]
    if found := _POWER.fullmatch(text):
        number = Decimal(f"{found[1]}.{found[2]}E{found[3]}")
        if number == number.to_integral_value() and number < 10**12:
            return str(int(number))
    return text


def restored_citizen_id(text: str, birth: str = "") -> str:
    """A personal number with the leading zeros that a spreadsheet program took off; any other text as it is.

    A number that was mistyped one digit short looks the same, so the zeros come back only where they make a number of a
    registration province (001 to 096) with the century of birth (0 to 3 where the birth date is not known).

    Args:
        text: the cell.
        birth: the row's birth date, in any form that has the year in four digits.
    """
    number = whole_number(text.strip())
    if not (number.isascii() and number.isdigit()):
        return text
    if len(number) not in (10, 11) or number.startswith("0"):
        return number
    whole = number.zfill(12)
    year = _BIRTH_YEAR.search(birth)
    centuries = range(2) if year is None else (int(year[0]) // 100 - 19,)
    return whole if 1 <= int(whole[:3]) <= 96 and int(whole[3]) // 2 in centuries else number
