"""From an exam as it stands in a file to a row of `exam.encounter` with its findings, or to a reject."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sangloc.clock import VIETNAM
from sangloc.exams.envelope import DOCUMENT, HEALTH_CHECK, INSURANCE_CLAIM, SHEET, Leaf, RawExam
from sangloc.exams.fields import INSURANCE, Field, tables
from sangloc.intake import (
    Reject,
    clean_citizen_id,
    clean_insurance_no,
    clean_phone,
    is_citizen_id,
    name_fold,
    name_key,
    nfc,
    parse_birth_date,
    parse_sex,
    reason_message,
)

# What a name and the parts of a key may have at most (QĐ 2062/QĐ-BYT gives them 255, 100 and 5), and an address. An index
# takes no more than 2,700 bytes.
_MOST_TEXT = 255
_MOST_ADDRESS = 1024
# QĐ 2062/QĐ-BYT replaced the annexes of QĐ 1551/QĐ-BYT on this day; group code 14 changed its meaning.
QD2062_FROM = date(2026, 7, 7)

# Under which the value of a column with an unknown heading is kept, with the column's letter behind it: a heading may be
# anything, and codes are shown to people.
OTHER_COLUMN = "COT_"

_COMPACT = re.compile(r"\d{8}(?:\d{4}|\d{6})?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: (\d{1,2}):(\d{2})(?::\d{2})?)?")
_DAY_FIRST = re.compile(r"(\d{2})(\d{2})(\d{4})(?:\d{4})?")
_ICD = re.compile(r"[A-Z]\d{2}(?:\.\d{1,2})?")
_COMMUNE = re.compile(r"\d{5}")
# The writings of a moment that say a time of day.
_TIMED = re.compile(r"^\s*\d{12,14}\s*$|:")

# The forms of schools ask for both parents' instead of one guardian's.
_PHONES = ("DIEN_THOAI", "DIEN_THOAI_NGUOI_DI_CUNG", "DIEN_THOAI_NGH", "DIEN_THOAI_NGH_ME", "DIEN_THOAI_NGH_BO")
_GUARDIANS = ("SO_CCCD_NGUOI_DI_CUNG", "SO_CCCD_NGH", "SO_CCCD_NGH_ME", "SO_CCCD_NGH_BO")
Finding = tuple[str, str, str, str | None]


@dataclass(frozen=True, slots=True)
class Exam:
    """A row for `exam.encounter` (`columns`, by column name) and its findings (part, code, value, problem).

    `made_on` is the day the sender made the record, yyyyMMdd, at the latest that of its arrival; `gln` the 13-digit number of
    the facility, if given; `leaves` is the record as it came and `sheet` the workbook's sheet, for a reject; `signed` says
    that the record itself carries a signature (an envelope's comes after its last exam). `has_own_key` says that its MA_LK
    was made here.
    """

    ordinal: int
    columns: dict[str, Any]
    gln: str | None
    made_on: str
    findings: list[Finding]
    leaves: list[Leaf]
    sheet: str | None
    signed: bool
    has_own_key: bool

    def reject(self, reason: str) -> Reject:
        """The exam as a reject for its MA_LK, when it is not what else is known under it."""
        return Reject(self.ordinal, "MA_LK", reason, reason_message(reason), _content(self.leaves), self.sheet)


def parse_moment(text: str) -> datetime | None:
    """A date, with its time when there is one, in the writings seen in exam files; None when it is none.

    yyyyMMddHHmm, yyyyMMddHHmmss, yyyyMMdd, ddMMyyyy, yyyy-MM-dd and dd/MM/yyyy, the last two also with a time. Eight
    digits are never ambiguous: a year from 1900 to 2100 at one end leaves no month at the other.
    """
    text = text.strip()
    hour = minute = 0
    try:
        if _COMPACT.fullmatch(text):
            if "1900" <= text[:4] <= "2100" and "01" <= text[4:6] <= "12":
                day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
            else:
                day = date(int(text[4:8]), int(text[2:4]), int(text[:2]))
            hour, minute = int(text[8:10] or 0), int(text[10:12] or 0)
        elif match := _ISO.fullmatch(text):
            day = date(int(match[1]), int(match[2]), int(match[3]))
            hour, minute = int(match[4] or 0), int(match[5] or 0)
        elif match := _SLASHED.fullmatch(text):
            day = date(int(match[3]), int(match[2]), int(match[1]))
            hour, minute = int(match[4] or 0), int(match[5] or 0)
        else:
            return None
        return datetime.combine(day, time(hour, minute), VIETNAM) if 1900 <= day.year <= 2100 else None
    except ValueError:
        return None


def parse_birth(text: str) -> tuple[date, str] | None:
    """A birth date and how precise it is (`day`, `month`, `year`); None when it is none or after today.

    As `sangloc.intake.parse_birth_date`, and ddMMyyyy, which the sample of QĐ 2062 prints.
    """
    parsed = parse_birth_date(text)
    if parsed is None and (match := _DAY_FIRST.fullmatch(text.strip())):
        parsed = parse_birth_date(f"{match[1]}/{match[2]}/{match[3]}")
    return parsed


def age_on(birth: date, day: date) -> int:
    """Full years of age on `day`."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def fits_birth_year(citizen_id: str, birth: date) -> bool:
    """Whether century and year digits of a 12-digit number agree with the birth date (NĐ 137/2015/NĐ-CP, Điều 13)."""
    return 1900 + 100 * (int(citizen_id[3]) // 2) + int(citizen_id[4:6]) == birth.year


def day_made(text: str, received: datetime) -> str:
    """The day that NGAYLAP says, yyyyMMdd; that of the arrival where it says none, or one to come.

    A day to come would keep every later correction from counting.
    """
    return min(parse_moment(text) or received, received).strftime("%Y%m%d")


def _whose_number(citizen_id: str | None, guardian_id: str | None, birth: date, age: int) -> tuple[str | None, str | None]:
    """(the person's number, the guardian's): records of children often carry the guardian's number as their own."""
    if citizen_id is None:
        return None, guardian_id
    if citizen_id == guardian_id:
        return None, guardian_id
    if age < 6 and not fits_birth_year(citizen_id, birth):
        return None, guardian_id or citizen_id
    return citizen_id, guardian_id


def content_hash(kind: str, leaves: list[Leaf]) -> str:
    """SHA-256 over what the exam says, the same however it was wrapped (raw or Base64, spacing, envelope)."""
    text = "\x1e".join(map("\x1f".join, leaves))
    return hashlib.sha256(f"{kind}\x1d{text}".encode()).hexdigest()


def _placeless(leaves: list[Leaf]) -> list[Leaf]:
    """The leaves with those of a list's unknown columns last, by their headings: where a column stands says nothing."""
    others = sorted((part, OTHER_COLUMN, value) for part, code, value in leaves if is_other_column(part, code))
    return [*(leaf for leaf in leaves if not is_other_column(leaf[0], leaf[1])), *others] if others else leaves


def is_other_column(part: str, code: str) -> bool:
    """Whether a leaf is the cell of a list's column with an unknown heading."""
    return part == SHEET and code.startswith(OTHER_COLUMN)


def held_texts(columns: Mapping[str, Any]) -> dict[str, str]:
    """The identity fields as the columns of `exam.encounter` tell them, in the official writing, by code.

    A field that came like this is held by its column and needs no finding; which ones did is in `held_codes`.
    """
    birth: date = columns["birth_date"]
    month, day = {"day": (birth.month, birth.day), "month": (birth.month, 0), "year": (0, 0)}[columns["birth_precision"]]
    texts = {
        "HO_TEN": columns["full_name"],
        "NGAY_SINH": f"{birth.year:04d}{month:02d}{day:02d}0000",
        "GIOI_TINH": columns["sex"],
        "DIA_CHI": columns["address"],
        "MAXA_CU_TRU": columns["commune_code"],
        "SO_CCCD": columns["citizen_id"],
        "MA_THE_BHYT": columns["insurance_no"],
        **dict.fromkeys(_GUARDIANS, columns["guardian_citizen_id"]),
        **dict.fromkeys(_PHONES, columns["phone"]),
    }
    return {code: str(value) for code, value in texts.items() if value is not None}


def _citizen_id(text: str) -> str | None:
    cleaned = clean_citizen_id(text)
    return cleaned if cleaned is not None and is_citizen_id(cleaned) else None


def _first_clean(first: Mapping[str, str], codes: tuple[str, ...], clean: Callable[[str], str | None]) -> str | None:
    return next((value for code in codes if (value := clean(first.get(code, "")))), None)


def _groups(text: str, field: Field | None) -> list[str]:
    codes = {code.strip().lstrip("0") for code in text.split(";")}
    return sorted(codes & field.allowed.keys(), key=int) if field else []


def _payer(kind: str, first: Mapping[str, str], field: Field | None) -> str | None:
    """The code of who pays; a claim of which the insurance pays a part counts as paid by it (code 3)."""
    if kind == INSURANCE_CLAIM:
        paid = first.get("T_BHTT", "")
        return "3" if re.fullmatch(r"\d+(?:\.\d+)?", paid) and float(paid) > 0 else None
    code = (first.get("NGUON_CHI_TRA") or first.get("NGUON_KINH_PHI", "")).lstrip("0")
    return code if field and code in field.allowed else None


def _code_tables(kind: str, form: str, version: str) -> tuple[Field | None, Field | None]:
    """The fields DOI_TUONG and NGUON_CHI_TRA of the decision whose codes a record uses."""
    find, identity_part = tables().find, tables().identity_part
    if kind == DOCUMENT:
        return find(form, identity_part(form), "DOI_TUONG"), find(form, identity_part(form), "NGUON_KINH_PHI")
    if version == "QD1551":
        # A list is not the decision's form: it uses its codes, as many as there are.
        groups = find("1551_02", identity_part("1551_02"), "DOI_TUONG")
        payers = find("1551_02", identity_part("1551_02"), "NGUON_KINH_PHI")
        return groups and replace(groups, many=True, max_length=0), payers
    return find("18_plus", "XML2", "DOI_TUONG"), find("18_plus", "XML2", "NGUON_CHI_TRA")


def _main_icd(first: Mapping[str, str]) -> str | None:
    for code in ("MA_BENH_CHINH", "KET_LUAN_BENH"):
        match = _ICD.fullmatch(re.split(r"[;,]", first.get(code, ""))[0].strip().upper())
        if match:
            return match[0]
    return None


def _concluded(first: Mapping[str, str], visit: datetime) -> datetime:
    """The end of the visit (a claim), the day of the conclusion (railway staff), else the day of the exam."""
    text, moment = first["NGAY_VAO"], visit
    for code in ("NGAY_RA", "NGAY_KET_LUAN"):
        end = parse_moment(first.get(code, ""))
        if end is not None and end.date() >= visit.date():
            text, moment = first[code], end
    return moment if _TIMED.search(text) else moment.replace(hour=23, minute=59, second=59)


def _code_set(kind: str, exam_date: date) -> str:
    if kind == INSURANCE_CLAIM:
        return "QD3176"
    if kind == DOCUMENT:
        return "QD1551"
    return "QD2062" if kind == HEALTH_CHECK or exam_date >= QD2062_FROM else "QD1551"


def _content(leaves: list[Leaf]) -> dict[str, str]:
    return {f"{part}.{code}": value for part, code, value in leaves}


def build(raw: RawExam, *, sender: str, today: date, received: datetime) -> Exam | Reject:
    """The encounter and its findings, or why it is rejected.

    Nothing of the file is lost: every field is a finding except identity fields that a column holds as they came; a value
    outside the official table stays and gets a `problem`. So does the MA_CSKCB of a message that names another facility
    than the sender (`other_facility`): one may send for another; and a name from the samples of QĐ 1551/QĐ-BYT that its
    table does not have (`old_name`).

    `concluded_at` of a record without a time of day is the last second of the day: what arrives by the end of the
    next day then counts as within the 24 hours of QĐ 1551/QĐ-BYT, in favour of the sender.

    Args:
        raw: the exam from the file.
        sender: the sender's folder, the facility where the record names none.
        today: exams after this day are rejected.
        received: when the file came in; stands for the day of making where the file gives none.
    """
    leaves = [leaf if leaf[2].isascii() else (leaf[0], leaf[1], unicodedata.normalize("NFC", leaf[2])) for leaf in raw.leaves]
    insurance_claim = raw.kind == INSURANCE_CLAIM
    aliases = tables().aliases.get(raw.form, {})
    first: dict[str, str] = {}
    for part, code, value in leaves:
        # The other tables of a claim repeat codes with another meaning.
        if not insurance_claim or part == "XML1":
            first.setdefault(aliases.get(code, code), value)

    def reject(column: str, reason: str) -> Reject:
        if raw.unreadable and column not in first:
            reason = "part_unreadable"
        content = _content([*leaves, *((part, "NOIDUNGFILE", value) for part, value in raw.unreadable)])
        return Reject(raw.ordinal, column, reason, reason_message(reason), content, raw.sheet)

    ma_lk, full_name = nfc(first.get("MA_LK", "")) or raw.own_key, nfc(first.get("HO_TEN", ""))
    facility = nfc(first.get("MA_CSKCB", "")) or raw.facility or sender
    if not ma_lk:
        return reject("MA_LK", "ma_lk_missing")
    for column, text in (("MA_LK", ma_lk), ("MA_CSKCB", facility)):
        if len(text) > _MOST_TEXT:
            return reject(column, "key_too_long")
    if len(full_name) > _MOST_TEXT:
        return reject("HO_TEN", "name_too_long")
    if not name_key(full_name):
        return reject("HO_TEN", "name_missing")
    born = parse_birth(first.get("NGAY_SINH", ""))
    if born is None:
        return reject("NGAY_SINH", "birth_date_invalid")
    visit = parse_moment(first.get("NGAY_VAO", ""))
    if visit is None:
        return reject("NGAY_VAO", "exam_date_invalid")
    exam_date = visit.date()
    if exam_date > today:
        return reject("NGAY_VAO", "exam_date_future")
    if raw.ambiguous:
        return reject("MA_LK", "row_ambiguous")

    birth, precision = born
    age = age_on(birth, exam_date)
    if insurance_claim:
        form = table = INSURANCE
    elif raw.kind == HEALTH_CHECK:
        form = table = tables().form_of(leaves, age)
    elif raw.kind == DOCUMENT:
        form = table = raw.form
    else:
        # The only table that has every field a list may hold; a list is for any age.
        form, table = "sheet", "18_plus"

    version = _code_set(raw.kind, exam_date)
    groups, payers = _code_tables(raw.kind, form, version)
    commune = first.get("MAXA_CU_TRU", "")
    citizen_id, guardian_id = _whose_number(
        _citizen_id(first.get("SO_CCCD", "")), _first_clean(first, _GUARDIANS, _citizen_id), birth, age
    )
    result, address = first.get("PHAN_LOAI_SK", ""), first.get("DIA_CHI")
    said = [*(_placeless(leaves) if raw.kind == SHEET else leaves), *((part, "", value) for part, value in raw.unreadable)]
    columns = {
        "facility_code": facility,
        "ma_lk": ma_lk,
        "content_hash": content_hash(raw.kind + raw.form, said),
        "form": form,
        "code_set_version": version,
        "exam_date": exam_date,
        "concluded_at": _concluded(first, visit),
        "payer_code": _payer(raw.kind, first, payers),
        "group_codes": [] if insurance_claim else _groups(first.get("DOI_TUONG", ""), groups),
        "result_class": int(result) if result in ("1", "2", "3", "4", "5") else None,
        "main_icd": _main_icd(first),
        "full_name": full_name,
        "name_key": name_key(full_name),
        "name_fold": name_fold(full_name),
        "birth_date": birth,
        "birth_precision": precision,
        "sex": parse_sex(first.get("GIOI_TINH", "")),
        "citizen_id": citizen_id,
        "guardian_citizen_id": guardian_id,
        "insurance_no": clean_insurance_no(first.get("MA_THE_BHYT", "")),
        "phone": _first_clean(first, _PHONES, clean_phone),
        "address": address if address and len(address) <= _MOST_ADDRESS else None,
        "commune_code": commune if _COMMUNE.fullmatch(commune) else None,
    }

    texts = held_texts(columns)
    identity_part = tables().identity_part(form)
    held: list[str] = []
    findings: list[Finding] = []
    for part, code, value in leaves:
        judge = _short_problem if len(value) <= _SHORT else _problem
        problem = judge(table, part, code, value)
        # Documents have the identity fields in one section only, whatever tag a sender gives it.
        if code in _IDENTITY and (part == identity_part or raw.kind == DOCUMENT):
            if code == "NGAY_SINH" and birth > exam_date:
                problem = "after_exam"
            else:
                problem = _identity_problem(code, value) or (problem if code == "DIA_CHI" else None)
                if problem is None and part == identity_part and code not in held and texts.get(code) == value:
                    held.append(code)
                    continue
        elif code == "DOI_TUONG" and groups:
            problem = groups.problem(value)
        elif problem is None and code == "MA_CSKCB" and raw.kind != SHEET and nfc(value) != sender:
            problem = "other_facility"
        findings.append((part, code, value, problem))
    findings += [(part, "NOIDUNGFILE", value, "unreadable") for part, value in raw.unreadable]
    findings += [(part, code, value, None) for part, code, value in raw.signatures]
    columns["held_codes"] = held

    return Exam(
        raw.ordinal,
        columns,
        first.get("MA_GTIN_CSKCB"),
        day_made(raw.made_on, received),
        findings,
        leaves,
        raw.sheet,
        signed=bool(raw.signatures),
        has_own_key=ma_lk == raw.own_key,
    )


def _problem(table: str, part: str, code: str, value: str) -> str | None:
    known = tables().find(table, part, code)
    if known is None:
        # What a list has of its own stands in no decision.
        if part == SHEET:
            return "unknown_heading" if is_other_column(part, code) else None
        return "unknown_field"
    return known.problem(value) or ("old_name" if known.code != code else None)


# Most fields hold codes, and the same ones in record after record.
_SHORT = 8
_short_problem = functools.lru_cache(maxsize=1 << 15)(_problem)


def _identity_problem(code: str, value: str) -> str | None:
    """What is wrong with an identity field as a value of its own, whatever column it goes to."""
    clean = _IDENTITY[code]
    return None if clean is None or clean[1](value) is not None else clean[0]


_CITIZEN_ID = ("not_a_citizen_id", _citizen_id)
_PHONE = ("not_a_phone", clean_phone)
_IDENTITY: dict[str, tuple[str, Callable[[str], Any]] | None] = {
    "HO_TEN": None,
    "NGAY_SINH": None,
    "DIA_CHI": None,
    "GIOI_TINH": ("not_allowed", parse_sex),
    "MAXA_CU_TRU": ("not_a_commune_code", _COMMUNE.fullmatch),
    "MA_THE_BHYT": ("not_an_insurance_no", clean_insurance_no),
    "SO_CCCD": _CITIZEN_ID,
    **dict.fromkeys(_GUARDIANS, _CITIZEN_ID),
    **dict.fromkeys(_PHONES, _PHONE),
}
