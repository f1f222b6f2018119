"""Numbers and dates as Vietnamese administrative documents write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from sangloc.clock import VIETNAM

TENTH = Decimal("0.1")
# What stands for a count of the whole that is not published. A withheld one may be nobody: nothing is said of how many.
HIDDEN = {"few": "dưới 5", "nearly_all": "gần như toàn bộ", "withheld": "(không công bố)"}


def number(value: Decimal | int | float, decimals: int = 0) -> str:
    """1234567 as 1.234.567, and with decimals 1234.5 as 1.234,5."""
    step = Decimal(1).scaleb(-decimals)
    text = f"{Decimal(str(value)).quantize(step, ROUND_HALF_UP):,f}"
    return text.translate(str.maketrans(",.", ".,"))


def share(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """`part` of `whole` in per cent, to a tenth.

    A share that is not whole never reads 100.0 and one that is not nothing never reads 0.0, because a report must not
    claim a target is met when somebody is missing.

    Raises:
        ZeroDivisionError: when `whole` is 0; the caller writes a sentence for that.
    """
    if not whole:
        raise ZeroDivisionError("a share of nothing")
    found = (Decimal(part) * 100 / Decimal(whole)).quantize(TENTH, ROUND_HALF_UP)
    if part < whole and found >= 100:
        return 100 - TENTH
    return TENTH if part > 0 and found <= 0 else found


def percent(part: Decimal | int, whole: Decimal | int) -> str:
    """`share` with its sign and one decimal; nothing and all without.

    Raises:
        ZeroDivisionError: when `whole` is 0.
    """
    found = share(part, whole)
    return f"{number(found, 0 if found in (0, 100) else 1)}%"


def amount(value: Decimal) -> str:
    """A measured value with at most one decimal, cut off and not rounded: 3.96 doctors are not 4."""
    cut = value.quantize(TENTH, ROUND_DOWN)
    return number(cut, 0 if cut == cut.to_integral_value() else 1)


def day(value: date) -> str:
    """As NĐ 30/2020/NĐ-CP writes a date: days below 10 and the months 1 and 2 with a leading zero."""
    return f"{value.day:02d}/{month(value)}/{value.year}"


def month(value: date) -> str:
    """The month's number, with a leading zero for January and February."""
    return f"{value.month:02d}" if value.month < 3 else str(value.month)


def week(key: str) -> str:
    """A week of ISO 8601 with its days: 2026-W41 as Tuần 41 (05–11/10).

    Raises:
        ValueError: when `key` is no week.
    """
    first = date.fromisocalendar(int(key[:4]), int(key[6:]), 1)
    last = first + timedelta(days=6)
    begins = f"{first.day:02d}" + ("" if first.month == last.month else f"/{month(first)}")
    return f"Tuần {int(key[6:])} ({begins}–{last.day:02d}/{month(last)})"


def instant(value: datetime) -> str:
    """Hour, minute and day in Vietnam time."""
    local = value.astimezone(VIETNAM)
    return f"{local:%H:%M} ngày {day(local.date())}"


def roman(value: int) -> str:
    """1 as I, 4 as IV; enough for headings and appendices."""
    text = ""
    for size, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while value >= size:
            text += sign
            value -= size
    return text
