"""The field tables of the official exam formats, as data (`include/code_sets`).

* `qd2062_fields.csv`: the three age forms of QĐ 2062/QĐ-BYT and the further tables of an insurance visit;
* `qd3176_fields.csv`: XML1 of an insurance visit, `TONG_HOP`;
* `qd1551_forms.csv`, `qd1551_fields.csv`: the forms of QĐ 1551/QĐ-BYT, each a document of its own;
* `include/exams/aliases.csv`: other names that the decisions' own samples give a field.
"""

from __future__ import annotations

import csv
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sangloc import settings
from sangloc.errors import ConfigurationError

INSURANCE = "TONG_HOP"
FORMS = ("under_6", "6_to_17", "18_plus")
# The part that stands for the signatures, wherever a message keeps them.
SIGNATURES = "CHUKYDONVI"
# Where a message, a claim or a list says who was examined.
IDENTITY_PART = "XML1"

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# Required by the table of QĐ 2062, while appendix 5 accepts a small child's birth certificate instead of a number.
_NOT_REQUIRED = {("2062_U6", "SO_CCCD")}
# The shortest text that holds two codes and their separator.
_TWO_CODES = 3


@dataclass(frozen=True, slots=True)
class Field:
    """What the official table says about one field.

    `max_length` is 0 where the table gives none; `allowed` is empty where any value may stand; `many` marks a list
    of codes separated by `;`. `part` is the part (`XML1`) or, in QĐ 1551, the section's tag. `order` is the place in the
    form. Only QĐ 2062 says which fields are `required`; nothing is rejected for the lack of one.
    """

    part: str
    code: str
    label: str
    number: bool
    max_length: int
    allowed: Mapping[str, str]
    many: bool
    required: bool
    order: int

    def problem(self, value: str) -> str | None:
        """What is wrong with `value`: `not_allowed`, `not_a_number`, `too_long`, or None.

        An allowed code is right whatever its length: the table of QĐ 2062 gives `TIEM_CHUNG_CAC_LOAI_KHAC` length 1
        and the code 99. For a list of codes whose length holds only one of them, it is the length of each.
        """
        if self.allowed:
            codes = [code.strip() for code in value.split(";") if code.strip()] if self.many else [value]
            if any(code not in self.allowed and (code.lstrip("0") or "0") not in self.allowed for code in codes):
                return "not_allowed"
            if value in self.allowed or (self.many and self.max_length < _TWO_CODES):
                return None
        elif self.number and not _NUMBER.fullmatch(value):
            return "not_a_number"
        return "too_long" if self.max_length and len(value) > self.max_length else None

    def expected(self) -> str:
        """What the field may hold, in a Vietnamese sentence for whoever sent it."""
        said = ["bắt buộc", "số" if self.number else "chuỗi ký tự"][not self.required :]
        if self.max_length:
            said.append(f"tối đa {self.max_length} ký tự")
        if self.allowed:
            said.append("một trong các mã: " + "; ".join(f"{code} ({label})" for code, label in self.allowed.items()))
        if self.many:
            said.append("nhiều mã cách nhau bằng dấu chấm phẩy")
        return ", ".join(said)


@dataclass(frozen=True)
class Tables:
    """All field tables.

    Attributes:
        forms: form -> (part, code) -> Field, of QĐ 2062 and QĐ 3176.
        parts: tag of a part's root -> its number, of health checks.
        part_tags: form -> number of a part -> the tag of its root.
        documents: form of QĐ 1551 -> code -> its fields, in the table's order; several where a code repeats.
        roots: form of QĐ 1551 -> tag of its document.
        aliases: form -> another name of a field -> its code.
    """

    forms: Mapping[str, Mapping[tuple[str, str], Field]]
    parts: Mapping[str, str]
    part_tags: Mapping[str, Mapping[str, str]]
    documents: Mapping[str, Mapping[str, tuple[Field, ...]]]
    roots: Mapping[str, str]
    aliases: Mapping[str, Mapping[str, str]]
    _prefixes: tuple[tuple[str, str], ...]

    def form_of(self, leaves: Sequence[tuple[str, str, str]], age: int) -> str:
        """The age form that knows most of `leaves`; between forms that know equally many, the one of `age` (years).

        QĐ 2062 names no form in the message; it follows from the fields.
        """
        codes = {(part, code) for part, code, _ in leaves}
        known = {form: len(codes & self.forms[form].keys()) for form in FORMS}
        by_age = form_by_age(age)
        return max(FORMS, key=lambda form: (known[form], form == by_age))

    def document_form(self, root: str) -> str | None:
        """The form of QĐ 1551 whose document begins with `root`; None when there is none.

        The decision prints some of the names cut off, so their beginning is enough.
        """
        root = root.upper()
        for form, tag in self.roots.items():
            if tag == root:
                return form
        return next((form for prefix, form in self._prefixes if root.startswith(prefix)), None)

    def find(self, form: str, part: str, code: str) -> Field | None:
        """The field `code` of a form; in QĐ 1551 the one of section `part`, else the first of that name."""
        if form not in self.documents:
            return self.forms[form].get((part, code))
        fields = self.documents[form]
        found = fields.get(code) or fields.get(self.aliases.get(form, {}).get(code, ""), ())
        return next((field for field in found if field.part == part), found[0] if found else None)

    def identity_part(self, form: str) -> str:
        """The part, or in QĐ 1551 the section, of a form in which the person stands.

        The form of railway staff has no section for it: there the fields stand directly under the document's root.
        """
        return self.documents[form]["HO_TEN"][0].part if form in self.documents else IDENTITY_PART

    def fields(self, form: str) -> tuple[Field, ...]:
        """All fields of a form in the order of its table."""
        if form in self.documents:
            found = [field for fields in self.documents[form].values() for field in fields]
        else:
            found = list(self.forms[form].values())
        return tuple(sorted(found, key=lambda field: field.order))


def form_by_age(age: int) -> str:
    """The form meant for someone of `age` full years (QĐ 2062/QĐ-BYT)."""
    return FORMS[0 if age < 6 else 1 if age < 18 else 2]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing; the installation is not complete") from None


def _field(row: Mapping[str, str], part: str, order: int) -> Field:
    allowed = dict(pair.split("=", 1) for pair in row["allowed_codes"].split(";") if "=" in pair)
    return Field(
        part=part,
        code=row["code"],
        label=row["label_vi"],
        number=row["data_type"] == "number",
        max_length=int(row["max_length"]) if row["max_length"].isdigit() else 0,
        allowed=MappingProxyType({code.strip(): label.strip() for code, label in allowed.items()}),
        many="nhiều mã" in row["rule"],
        required=row.get("required") == "1" and (row["form"], row["code"]) not in _NOT_REQUIRED,
        order=order,
    )


@functools.cache
def tables() -> Tables:
    """The field tables.

    Raises:
        ConfigurationError: when a file is missing or has no table of a form.
    """
    folder = settings.include() / "code_sets"
    try:
        return _tables(folder)
    except KeyError as error:
        raise ConfigurationError(f"{folder}: a field table lacks the column or form {error}") from None


def _tables(folder: Path) -> Tables:
    forms: dict[str, dict[tuple[str, str], Field]] = {form: {} for form in (*FORMS, INSURANCE)}
    parts: dict[str, str] = {}
    part_tags: dict[str, dict[str, str]] = {form: {} for form in forms}
    rows = [
        *_rows(folder / "qd3176_fields.csv"),
        *(row for row in _rows(folder / "qd2062_fields.csv") if row["part_tag"] != INSURANCE),
    ]
    for order, row in enumerate(rows):
        age_form = row.get("age_form", "")
        form = age_form or INSURANCE
        forms[form][row["part"], row["code"]] = _field(row, row["part"], order)
        if row["part_tag"]:
            part_tags[form][row["part"]] = row["part_tag"]
            if age_form:
                parts[row["part_tag"]] = row["part"]
    documents: dict[str, dict[str, list[Field]]] = {}
    roots: dict[str, str] = {}
    prefixes: list[tuple[str, str]] = []
    for row in _rows(folder / "qd1551_forms.csv"):
        documents[row["form"]] = defaultdict(list)
        roots[row["form"]] = row["root"]
        if row["root_prefix"]:
            prefixes.append((row["root_prefix"], row["form"]))
    for order, row in enumerate(_rows(folder / "qd1551_fields.csv")):
        documents[row["form"]][row["code"]].append(_field(row, row["section_tag"], order))
    aliases: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(settings.include() / "exams" / "aliases.csv"):
        aliases[row["form"]][row["name"]] = row["code"]
    for form, fields in (*forms.items(), *documents.items()):
        if not fields:
            raise ConfigurationError(f"{folder} has no field of form {form}")
    frozen = {form: {code: tuple(found) for code, found in codes.items()} for form, codes in documents.items()}
    return Tables(
        MappingProxyType(forms),
        MappingProxyType(parts),
        MappingProxyType(part_tags),
        MappingProxyType(frozen),
        MappingProxyType(roots),
        MappingProxyType(dict(aliases)),
        tuple(prefixes),
    )
