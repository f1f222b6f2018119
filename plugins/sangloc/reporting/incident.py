"""The facts of an ad-hoc report, as a person typed them into the form."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sangloc import clock, provinces
from sangloc.errors import RefusedInputError

KINDS = ("misinformation", "sensitive", "complex", "safety", "data")
# As degrees of urgency of administrative documents (NĐ 30/2020/NĐ-CP).
URGENCIES = ("normal", "urgent", "very_urgent", "immediate")
LONGEST_TEXT = 1000
OPTIONAL_TEXTS = ("assessment", "measures", "proposals")
# How far before a date a word still speaks of it.
BEFORE_A_DATE = 40

# Groups of digits with nothing but marks between them. A comma before a blank, a semicolon and a per cent sign part a list.
_CHAIN = re.compile(r"\d+(?:(?:[^\w%;,]|_|,(?!\s)){1,20}\d+)*")
_LIST = re.compile(r"\d+(?:[\W_]{1,20}\d+)*")
# As people hide a number: a letter for a gap, o for 0, l for 1.
_HIDDEN = re.compile(r"(?<!\w)[\doO](?:[\W_]{0,3}(?:\d|[A-Za-z](?![A-Za-z])))+(?!\w)")
_HOUR = re.compile(r"(?<!\w)\d{1,2}[hHgG]\d{0,2}(?!\w)")
# A phone number (mobile, fixed, with the country's code) or a personal number.
_OF_A_PERSON = re.compile(r"0[2-9]\d{8}|02\d{9}|84[2-9]\d{8}|0\d{11}")
_NUMBER = re.compile(r"(?:[1-9]\d{0,2}(?:\.\d{3})+|\d{1,4})(?:,\d{1,2})?|(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])")
_RANGE = re.compile(r"\s+[-–—+/→]\s+|[–—→]|(?<=\.\d{3})/|\s\(")
_UNIT = re.compile(r"\s*(?:đồng|đ|vnđ|vnd|người|lượt|trẻ|hộ|ca|bài|tin|lần)(?!\w)", re.IGNORECASE)
_WORD = r"(?:không|một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín)"
_SPOKEN = re.compile(rf"(?<!\w){_WORD}(?:[\W_]{{1,5}}{_WORD}){{8,}}(?!\w)", re.IGNORECASE)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DAY_2, _MONTH_2 = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_GAP = r"[\W_]{1,3}"
_DATE = re.compile(
    rf"(?<!\d)(?:{_DAY}(?:{_GAP}|{_GAP}?tháng{_GAP}?){_MONTH}(?:{_GAP}|{_GAP}?năm{_GAP}?){_YEAR}|{_YEAR}{_GAP}{_MONTH}{_GAP}{_DAY}"
    rf"|{_DAY}/{_MONTH}/\d\d|{_DAY_2}{_MONTH_2}{_YEAR}|{_YEAR}{_MONTH_2}{_DAY_2})(?!\d)",
    re.IGNORECASE,
)
_AT = r"(?:@|[(\[{<]\s*(?:at|a còng|a móc)\s*[)\]}>]|(?<=\s)a còng(?=\s))"
_DOT = r"(?:\.|[(\[{<]\s*(?:dot|chấm)\s*[)\]}>]|\schấm\s|\sdot\s)"
_MAIL = re.compile(rf"\S\s{{0,3}}{_AT}\s{{0,3}}[^\s@]+?\s{{0,3}}{_DOT}\s{{0,3}}\S", re.IGNORECASE)


def refuse_personal(field: str, text: str) -> None:
    """Refuse free text with what looks like an identity, insurance or phone number, a birth date or a mail address.

    Nine digits and more count as a number, whatever marks stand between them; so do a phone or personal number in pieces of
    a list, with letters in its gaps or in place of 0 and 1, and nine digits spoken in words. Amounts with their unit,
    ranges, years, numbers of documents and lists parted by commas and per cent signs do not. A full date counts as a birth
    date, also one of a year of two digits (5/3/90) or of eight digits (05031990), unless it is of last year, this one or
    the next and nothing before it speaks of a birth: reports cite orders and periods. Names and addresses cannot be
    recognised: that none is written down stays the duty of whoever types, and of the officer who reads the report before
    it leaves.

    Raises:
        RefusedInputError: naming the field, never the text.
    """
    # Full-width digits, separate accents, invisible signs and long gaps would slip through.
    text = unicodedata.normalize("NFKC", text)
    text = " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())
    if any(_may_be_birth(text, found) for found in _DATE.finditer(text)):
        raise RefusedInputError(
            f"{field}: holds a full date, which may be somebody's birth date; write an event's day and month only"
        )
    if _holds_number(text):
        raise RefusedInputError(
            f"{field}: holds a number of nine digits or more, which may be a person's number; describe without it"
        )
    if _MAIL.search(text):
        raise RefusedInputError(f"{field}: holds a mail address; describe without it")


def _may_be_birth(text: str, date: re.Match[str]) -> bool:
    """Whether a full date is no day of last year, this one or the next with nothing about a birth before it.

    What a report cites, orders, letters and periods, is that young.
    """
    year = next((int(part) for part in re.findall(r"\d+", date[0]) if len(part) == 4), 0)
    return abs(year - clock.today().year) > 1 or "sinh" in text[max(date.start() - BEFORE_A_DATE, 0) : date.start()].lower()


def one_line(field: str, text: Any) -> str:
    """A person's words on one line without signs that print nothing; empty when there are none.

    Mails read headings, lists and buttons from lines; neither the warehouse nor a document takes control characters.

    Raises:
        RefusedInputError: when it is no text.
    """
    if text is None:
        return ""
    if not isinstance(text, str):
        raise RefusedInputError(f"{field}: expected text")
    return " ".join("".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text).split())


def _holds_number(text: str) -> bool:
    if _SPOKEN.search(text):
        return True
    for found in _CHAIN.finditer(text):
        if sum(map(str.isdigit, found[0])) >= 9 and not _harmless(found[0], bool(_UNIT.match(text, found.end()))):
            return True
    without_hours = _HOUR.sub(" giờ ", text)
    lists = (re.findall(r"\d+", found[0]) for found in _LIST.finditer(without_hours) if "%" not in found[0])
    if any(_in_pieces(groups) for groups in lists):
        return True
    for found in _HIDDEN.finditer(without_hours):
        for candidate in (found[0], found[0].translate(str.maketrans("oOlI", "0011"))):
            digits = "".join(filter(str.isdigit, candidate))
            if any(sign.isalpha() for sign in found[0]) and _OF_A_PERSON.fullmatch(digits):
                return True
    return False


def _harmless(chain: str, unit: bool) -> bool:
    """Whether a chain of nine digits and more is an amount, a range of numbers, years or the number of a document."""
    groups = re.findall(r"\d+", chain)
    if all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups):
        return True
    if re.fullmatch(r"\d{1,5}/(?:19|20)\d\d", chain):
        return True
    parts = _RANGE.split(chain)
    return (
        all(_NUMBER.fullmatch(part) for part in parts)
        and (len(parts) == 1 or any(not part.isdigit() for part in parts))
        and (unit or all(sum(map(str.isdigit, part)) < 9 for part in parts))
    )


def _in_pieces(groups: list[str]) -> bool:
    """Whether somewhere in a list stand the pieces of a number of a person; a list of days has two digits in each."""
    for first, group in enumerate(groups):
        if not group.startswith("0") or len(group) < 2:
            continue
        joined, longest = "", 0
        for piece in groups[first:]:
            joined, longest = joined + piece, max(longest, len(piece))
            if longest > 2 and _OF_A_PERSON.fullmatch(joined):
                return True
    return False


def checked_facts(slug: str, incident: dict[str, Any] | None) -> dict[str, Any]:
    """The incident's facts, checked and in one shape: kind, area (list of codes), urgency, and the texts on one line.

    Args:
        incident: `kind` one of KINDS; `area` a code, several separated by commas, or a list of codes: the province's
            or communes of it; `summary` what happened, `assessment` what is thought of it at first, `measures` what was done
            and `proposals` what is asked for, each of at most 1000 characters without personal numbers, full dates or mail
            addresses; `urgency` one of URGENCIES. Of the texts only the summary must be there: the document says which of
            the others are missing. Without urgency the report is a normal one.

    Raises:
        RefusedInputError: naming the field that is missing or wrong, never what stands in it.
    """
    if not incident:
        raise RefusedInputError("an ad-hoc report needs its facts: kind, area and summary")
    if set(incident) - {"kind", "area", "urgency", "summary", *OPTIONAL_TEXTS}:
        raise RefusedInputError(
            "incident: only the fields kind, area, urgency, summary, assessment, measures and proposals are known"
        )
    if incident.get("kind") not in KINDS:
        raise RefusedInputError(f"incident kind: expected one of {', '.join(KINDS)}")
    urgency = incident.get("urgency") or "normal"
    if urgency not in URGENCIES:
        raise RefusedInputError(f"incident urgency: expected one of {', '.join(URGENCIES)}")
    area = incident.get("area")
    codes = [part.strip() for part in area.split(",")] if isinstance(area, str) else area
    known = {provinces.load(slug).code} | {commune.code for commune in provinces.communes(slug)}
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) and code in known for code in codes):
        raise RefusedInputError("incident area: expected the province's code or codes of its communes")
    summary = _checked_text("summary", incident.get("summary"))
    if not summary:
        raise RefusedInputError("incident summary: expected a description of what happened")
    return {
        "kind": incident["kind"],
        "area": sorted(set(codes)),
        "urgency": urgency,
        "summary": summary,
    } | {field: _checked_text(field, incident.get(field)) for field in OPTIONAL_TEXTS}


def _checked_text(field: str, text: Any) -> str:
    line = one_line(f"incident {field}", text)
    if len(line) > LONGEST_TEXT:
        raise RefusedInputError(f"incident {field}: longer than {LONGEST_TEXT} characters")
    refuse_personal(f"incident {field}", line)
    return line
