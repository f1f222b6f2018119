"""The month that a list is of, as its title or its file's name states it."""

from __future__ import annotations

import re

from sangloc.intake.text import nfc

Period = tuple[int, int]

_MONTH = r"(?P<month>0?[1-9]|1[0-2])"
_YEAR = r"(?P<year>20\d\d)"
_DATE = rf"\d{{1,2}}(?:\s*[/.\-]\s*|\s+tháng\s+){_MONTH}(?:\s*[/.\-]\s*|\s+năm\s+){_YEAR}(?!\d)"
# A list as of a day is that month's.
_UNTIL = re.compile(rf"(?:đến|chốt)\s+(?:hết\s+)?(?:ngày\s+)?{_DATE}")
# The day of a signature and the number of a decision (12/2026/QĐ-UBND) are no months of the list.
_NO_PERIOD = re.compile(
    r"ngày[\s\d.…]*tháng[\s\d.…]*năm\s*\d{4}|\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{4}|số\s*:?\s*\d+\s*/\s*\S+|\d+/\d{4}/\S+"
)
_IN_TITLES = (
    re.compile(rf"tháng\s*:?\s*{_MONTH}(?:\s*năm\s*|\s*[/.\-]\s*){_YEAR}(?!\d)"),
    re.compile(rf"(?<![\d/.\-]){_MONTH}\s?[/\-]\s?{_YEAR}(?![\d/])"),
    re.compile(rf"(?<![\d/.\-]){_YEAR}[\-/](?P<month>0[1-9]|1[0-2])(?![\d/\-])"),
)
_IN_NAMES = (
    re.compile(rf"(?<!\d){_MONTH}[ _.\-]+(?:n[aă]m[ _.\-]+)?{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}[ _.\-]+(?:th[aá]ng[ _.\-]*|t)?(?P<month>0?[1-9]|1[0-2])(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>20[2-9]\d)(?P<month>0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?!\d)"),
)


def _found(patterns: tuple[re.Pattern[str], ...], text: str) -> set[Period]:
    return {(int(match["year"]), int(match["month"])) for pattern in patterns for match in pattern.finditer(text)}


def stated_period(title: str, filename: str) -> Period | None:
    """The (year, month) a list is of: the only one in its title, else the only one in its file's name, else None.

    Reads “Tháng 11 năm 2026”, 11/2026, 2026-11 and “tính đến ngày 30/11/2026”; of names thang_11_2026, T11-2026,
    2026_11, 202611 and days such as 20261130. Other dates of a title are those of signatures and decisions.

    Args:
        title: the text above the headings.
        filename: without folders.
    """
    text = nfc(title).lower()
    in_title = _found((_UNTIL,), text) or _found(_IN_TITLES, _NO_PERIOD.sub(" ", text))
    if len(in_title) == 1:
        return in_title.pop()
    stem = nfc(filename).lower().rpartition(".")[0]
    in_name = _found(_IN_NAMES, stem)
    if in_title:
        in_name &= in_title
    return in_name.pop() if len(in_name) == 1 else None
