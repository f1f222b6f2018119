"""The field tables of the official exam formats, as data (`include/code_sets/qd2062_fields.csv`)."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sangloc import settings
from sangloc.errors import ConfigurationError

INSURANCE = "TONG_HOP"
FORMS = ("under_6", "6_to_17", "18_plus")

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Field:
    """What the official table says about one field.

    `max_length` is 0 where the table gives none; `allowed` is empty where any value may stand; `many` marks a list
    of codes separated by `;`.
    """

    number: bool
    max_length: int
    allowed: frozenset[str]
    many: bool

    def problem(self, value: str) -> str | None:
        """What is wrong with `value`: `not_allowed`, `not_a_number`, `too_long`, or None.

        An allowed code is right whatever its length: the table of QĐ 2062 gives `TIEM_CHUNG_CAC_LOAI_KHAC` length 1
        and the code 99.
        """
        if self.allowed:
            codes = [code.strip() for code in value.split(";") if code.strip()] if self.many else [value]
            if any(code not in self.allowed and (code.lstrip("0") or "0") not in self.allowed for code in codes):
                return "not_allowed"
            if value in self.allowed:
                return None
        elif self.number and not _NUMBER.fullmatch(value):
            return "not_a_number"
        return "too_long" if self.max_length and len(value) > self.max_length else None


@dataclass(frozen=True)
class Tables:
    """`forms`: form -> (part, code) -> Field. `parts`: tag of a part's root -> its number, of health checks."""

    forms: Mapping[str, Mapping[tuple[str, str], Field]]
    parts: Mapping[str, str]

    def form_of(self, leaves: Sequence[tuple[str, str, str]], age: int) -> str:
        """The age form that knows most of `leaves`; between forms that know equally many, the one of `age` (years).

        QĐ 2062 names no form in the message; it follows from the fields.
        """
        codes = {(part, code) for part, code, _ in leaves}
        known = {form: len(codes & self.forms[form].keys()) for form in FORMS}
        by_age = form_by_age(age)
        return max(FORMS, key=lambda form: (known[form], form == by_age))


def form_by_age(age: int) -> str:
    """The form meant for someone of `age` full years (QĐ 2062/QĐ-BYT)."""
    return FORMS[0 if age < 6 else 1 if age < 18 else 2]


@functools.cache
def tables() -> Tables:
    """The field tables.

    Raises:
        ConfigurationError: when the file is missing or has no table of a form.
    """
    path = settings.include() / "code_sets" / "qd2062_fields.csv"
    forms: dict[str, dict[tuple[str, str], Field]] = {form: {} for form in (*FORMS, INSURANCE)}
    parts: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                forms[row["age_form"] or INSURANCE][row["part"], row["code"]] = Field(
                    number=row["data_type"] == "number",
                    max_length=int(row["max_length"]) if row["max_length"].isdigit() else 0,
                    allowed=frozenset(
                        pair.partition("=")[0].strip() for pair in row["allowed_codes"].split(";") if pair.strip()
                    ),
                    many="nhiều mã" in row["rule"],
                )
                if row["age_form"] and row["part_tag"]:
                    parts[row["part_tag"]] = row["part"]
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing; the installation is not complete") from None
    except KeyError as error:
        raise ConfigurationError(f"{path} lacks the column or form {error}") from None
    for form, fields in forms.items():
        if not fields:
            raise ConfigurationError(f"{path} has no field of form {form}")
    return Tables(MappingProxyType(forms), MappingProxyType(parts))
