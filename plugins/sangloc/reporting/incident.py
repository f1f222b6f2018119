"""The facts of an ad-hoc report, as a person typed them into the form."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sangloc import provinces
from sangloc.errors import RefusedInputError

KINDS = ("misinformation", "sensitive", "complex", "safety", "data")
# As degrees of urgency of administrative documents (NĐ 30/2020/NĐ-CP).
URGENCIES = ("normal", "urgent", "very_urgent", "immediate")
LONGEST_TEXT = 1000

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]{1,3}(?=\d)")
_LONG_NUMBER = re.compile(r"\d{9,}")
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DAY_2, _MONTH_2 = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_GAP = r"[\W_]{1,3}"
_DATE = re.compile(
    rf"(?<!\d)(?:{_DAY}(?:{_GAP}|{_GAP}?tháng{_GAP}?){_MONTH}(?:{_GAP}|{_GAP}?năm{_GAP}?){_YEAR}|{_YEAR}{_GAP}{_MONTH}{_GAP}{_DAY}"
    rf"|{_DAY}/{_MONTH}/\d\d|{_DAY_2}{_MONTH_2}{_YEAR}|{_YEAR}{_MONTH_2}{_DAY_2})(?!\d)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"\S\s{0,3}@\s{0,3}\S+\.\S")


def refuse_personal(field: str, text: str) -> None:
    """Refuse free text with what looks like an identity, insurance or phone number, a birth date or a mail address.

    Nine digits and more count as a number, whatever stands between them, as long as it is no letter and no longer than
    three characters, blanks taken as one; that also refuses some harmless rows of figures. Every full date counts as a
    birth date, also one of a year of two digits (5/3/90) or of eight digits (05031990), for nothing tells one from
    another. Names, addresses and numbers written out in words cannot be recognised: that none is written down stays the
    duty of whoever types, and of the officer who reads the report before it leaves.

    Raises:
        RefusedInputError: naming the field, never the text.
    """
    # Full-width digits, separate accents, invisible signs and long gaps would slip through.
    text = unicodedata.normalize("NFKC", text)
    text = " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())
    if _DATE.search(text):
        raise RefusedInputError(
            f"{field}: holds a full date, which may be somebody's birth date; write an event's day and month only"
        )
    if _LONG_NUMBER.search(_BETWEEN_DIGITS.sub("", text)):
        raise RefusedInputError(
            f"{field}: holds a number of nine digits or more, which may be a person's number; describe without it"
        )
    if _MAIL.search(text):
        raise RefusedInputError(f"{field}: holds a mail address; describe without it")


def checked_facts(slug: str, incident: dict[str, Any] | None) -> dict[str, Any]:
    """The incident's facts, checked and in one shape: kind, area (list of codes), urgency, summary and assessment on one line.

    Args:
        incident: `kind` one of KINDS; `area` a code, several separated by commas, or a list of codes: the province's
            or communes of it; `summary` what happened, and `assessment` what is thought of it at first, each of at most 1000
            characters without personal numbers, full dates or mail addresses; `urgency` one of URGENCIES. The assessment may
            be missing: then the officer writes it into the document; without urgency the report is a normal one.

    Raises:
        RefusedInputError: naming the field that is missing or wrong, never what stands in it.
    """
    if not incident:
        raise RefusedInputError("an ad-hoc report needs its facts: kind, area and summary")
    unknown = set(incident) - {"kind", "area", "urgency", "summary", "assessment"}
    if unknown:
        raise RefusedInputError("incident: only the fields kind, area, urgency, summary and assessment are known")
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
    assessment = _checked_text("assessment", incident.get("assessment"))
    return {
        "kind": incident["kind"],
        "area": sorted(set(codes)),
        "urgency": urgency,
        "summary": summary,
        "assessment": assessment,
    }


def _checked_text(field: str, text: Any) -> str:
    if text is None:
        return ""
    if not isinstance(text, str):
        raise RefusedInputError(f"incident {field}: expected text")
    if len(text) > LONGEST_TEXT:
        raise RefusedInputError(f"incident {field}: longer than {LONGEST_TEXT} characters")
    refuse_personal(f"incident {field}", text)
    return " ".join(text.split())
