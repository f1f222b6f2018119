"""Side by side: how an exam record's fields agree with a person's of the roster. For eyes, not for linking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Agreement = Literal["same", "near", "differs", "missing"]


@dataclass(frozen=True)
class Field:
    """One line of the comparison. The texts are personal: they are shown on the page and nowhere else."""

    name: str
    record: str = field(repr=False)
    person: str = field(repr=False)
    agreement: Agreement


def compare(record: Mapping[str, Any], person: Mapping[str, Any]) -> list[Field]:
    """Every field that both sides may have, in the order in which people look at them.

    Args:
        record: a row of `health_book/case_record`.
        person: a row of `health_book/case_people`.
    """
    insured = [_insurance(person["insurance_no"]), *map(_insurance, person["former_insurance_nos"])]
    return [
        _field("full_name", record["full_name"], person["full_name"], _names(record, person)),
        _field("birth_date", born(record), born(person), _births(record, person)),
        _field("sex", _SEX.get(record["sex"], ""), _SEX.get(person["sex"], ""), _equal(record["sex"], person["sex"])),
        _field(
            "citizen_id",
            record["citizen_id"],
            _with_former(person["citizen_id"], person["former_citizen_ids"]),
            _numbers(record["citizen_id"], [person["citizen_id"], *person["former_citizen_ids"]]),
        ),
        _field(
            "guardian_citizen_id",
            record["guardian_citizen_id"],
            person["guardian_citizen_id"],
            _numbers(record["guardian_citizen_id"], [person["guardian_citizen_id"]]),
        ),
        _field(
            "insurance_no",
            record["insurance_no"],
            _with_former(person["insurance_no"], person["former_insurance_nos"]),
            _numbers(_insurance(record["insurance_no"]), insured),
        ),
        _field("phone", record["phone"], person["phone"], _numbers(record["phone"], [person["phone"]])),
        _field("commune", record["commune"], person["commune"], _equal(record["commune_code"], person["commune_code"])),
        _field(
            "address",
            record["address"],
            ", ".join(part for part in (person["household_no"], person["village"]) if part),
            _within(record["address"], person["village"]),
        ),
    ]


def born(row: Mapping[str, Any]) -> str:
    """A birth date as Vietnamese write it, as precisely as it is known."""
    value: date = row["birth_date"]
    return value.strftime({"day": "%d/%m/%Y", "month": "%m/%Y", "year": "%Y"}[row["birth_precision"]])


def lines(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """One side alone, in the order of `compare`.

    Args:
        row: of `health_book/case_record` or `health_book/book_exams`, or of `health_book/case_people` with an `address`.
    """
    values = {
        **{name: row[name] or "" for name in ("full_name", "citizen_id", "guardian_citizen_id", "insurance_no", "phone")},
        "birth_date": born(row),
        "sex": _SEX.get(row["sex"], ""),
        "commune": row["commune"] or "",
        "address": row["address"] or "",
    }
    order = ("full_name", "birth_date", "sex", "citizen_id", "guardian_citizen_id", "insurance_no", "phone", "commune")
    return [(name, values[name]) for name in (*order, "address")]


_SEX = {1: "Nam", 2: "Nữ", 3: "Chưa xác định"}


def _field(name: str, record: str | None, person: str | None, agreement: Agreement) -> Field:
    missing = not record or not person
    return Field(name, record or "", person or "", "missing" if missing else agreement)


def _equal(one: object, other: object) -> Agreement:
    return "same" if one == other else "differs"


def _names(record: Mapping[str, Any], person: Mapping[str, Any]) -> Agreement:
    if record["name_key"] == person["name_key"]:
        return "same"
    one, other = record["name_fold"].split(), person["name_fold"].split()
    # Without its marks, in another order, or with another middle name.
    near = sorted(one) == sorted(other) or (len(one) > 1 and len(other) > 1 and (one[0], one[-1]) == (other[0], other[-1]))
    return "near" if near else "differs"


def _births(record: Mapping[str, Any], person: Mapping[str, Any]) -> Agreement:
    one, other = record["birth_date"], person["birth_date"]
    if (one, record["birth_precision"]) == (other, person["birth_precision"]):
        return "same"
    coarse = {record["birth_precision"], person["birth_precision"]} != {"day"}
    if one.year == other.year and (coarse or (one.day, one.month) == (other.month, other.day)):
        return "near"
    apart = sum(a != b for a, b in zip(f"{one:%Y%m%d}", f"{other:%Y%m%d}", strict=True))
    return "near" if apart == 1 else "differs"


def _numbers(one: str | None, others: Sequence[str | None]) -> Agreement:
    known = [other for other in others if other]
    if one in known:
        return "same"
    return "near" if any(_slip(one or "", other) for other in known) else "differs"


def _slip(one: str, other: str) -> bool:
    """Whether two numbers differ as by a slip of the finger: up to two digits, or two that changed places."""
    if len(one) != len(other):
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) <= 2


def _insurance(number: str | None) -> str:
    """The part of a card's number that stays with the person."""
    return (number or "")[5:] if len(number or "") == 15 else number or ""


def _with_former(number: str | None, former: list[str]) -> str:
    return " · ".join(part for part in (number, *(f"trước đây {one}" for one in former)) if part)


def _within(address: str | None, village: str | None) -> Agreement:
    from sangloc.intake import name_fold

    fold: Callable[[str], str] = name_fold
    return "same" if address and village and fold(village) in fold(address) else "differs"
