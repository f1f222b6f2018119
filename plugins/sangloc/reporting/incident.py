"""The facts of an ad-hoc report, as a person typed them into the form."""

from __future__ import annotations

import re
from typing import Any

from sangloc import provinces
from sangloc.errors import RefusedInputError

KINDS = ("misinformation", "sensitive", "complex", "safety", "data")
LONGEST_SUMMARY = 1000

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ . \-](?=\d)")
_LONG_NUMBER = re.compile(r"\d{9,}")
_MAIL = re.compile(r"\S@\S+\.\S")


def refuse_personal(field: str, text: str) -> None:
    """Refuse free text with what looks like an identity, insurance or phone number or a mail address.

    Numbers of nine digits and more count, also with spaces, dots or hyphens inside.

    Raises:
        RefusedInputError: naming the field, never the text.
    """
    if _LONG_NUMBER.search(_BETWEEN_DIGITS.sub("", text)):
        raise RefusedInputError(
            f"{field}: holds a number of nine digits or more, which may be a person's number; describe without it"
        )
    if _MAIL.search(text):
        raise RefusedInputError(f"{field}: holds a mail address; describe without it")


def checked_facts(slug: str, incident: dict[str, Any] | None) -> dict[str, Any]:
    """The incident's facts, checked and in one shape: kind, area (list of codes), summary on one line.

    Args:
        incident: `kind` one of KINDS; `area` a code, several separated by commas, or a list of codes: the province's
            or communes of it; `summary` of at most 1000 characters without personal numbers or addresses.

    Raises:
        RefusedInputError: naming the field that is missing or wrong, never what stands in it.
    """
    if not incident:
        raise RefusedInputError("an ad-hoc report needs its facts: kind, area and summary")
    unknown = set(incident) - {"kind", "area", "summary"}
    if unknown:
        raise RefusedInputError("incident: only the fields kind, area and summary are known")
    if incident.get("kind") not in KINDS:
        raise RefusedInputError(f"incident kind: expected one of {', '.join(KINDS)}")
    area = incident.get("area")
    codes = [part.strip() for part in area.split(",")] if isinstance(area, str) else area
    known = {provinces.load(slug).code} | {commune.code for commune in provinces.communes(slug)}
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) and code in known for code in codes):
        raise RefusedInputError("incident area: expected the province's code or codes of its communes")
    summary = incident.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        raise RefusedInputError("incident summary: expected a description of what happened")
    if len(summary) > LONGEST_SUMMARY:
        raise RefusedInputError(f"incident summary: longer than {LONGEST_SUMMARY} characters")
    refuse_personal("incident summary", summary)
    return {"kind": incident["kind"], "area": sorted(set(codes)), "summary": " ".join(summary.split())}
