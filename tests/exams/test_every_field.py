"""Every field of every form: read, validated, stored, and written back unchanged."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from sangloc import clock, settings
from sangloc.exams.envelope import DOCUMENT, HEALTH_CHECK, INSURANCE_CLAIM, RawExam, Signature
from sangloc.exams.fields import FORMS, INSURANCE, SIGNATURES, Field, tables
from sangloc.exams.reader import read_message
from sangloc.exams.record import Exam, build
from sangloc.exams.writer import stored_exam, write_json, write_xml
from sangloc.warehouse import transaction

Load = Callable[..., dict[str, int]]

DOCUMENTS = tuple(tables().documents)
ALL = (*FORMS, INSURANCE, *DOCUMENTS)
# As many variants as the longest list of codes has codes, so that every code is sent once.
VARIANTS = max(len(field.allowed) for form in ALL for field in tables().fields(form))

FIXED = {
    "HO_TEN": "NÔNG THỊ THÍ DỤ", "NGAY_SINH": "199003150000", "GIOI_TINH": "2", "SO_CCCD": "020190000001",
    "SO_CCCD_NGUOI_DI_CUNG": "020188000009", "SO_CCCD_NGH": "020188000009", "DIEN_THOAI": "0900000001",
    "SO_CCCD_NGH_ME": "020188000009", "SO_CCCD_NGH_BO": "020086000008", "DIEN_THOAI_NGH_ME": "0900000003",
    "DIEN_THOAI_NGH_BO": "0900000004", "NGAY_KET_LUAN": "202606101500",
    "DIEN_THOAI_NGUOI_DI_CUNG": "0900000001", "DIEN_THOAI_NGH": "0900000002", "MAXA_CU_TRU": "05977",
    "MA_CSKCB": "20001", "MA_GTIN_CSKCB": "8930000000001", "NGAY_VAO": "202606101430", "NGAY_RA": "202606101530",
    "MA_THE_BHYT": "DN4200123456789;TE1200123456780", "KET_LUAN_BENH": "H52.1;I10",
}  # fmt: skip
BORN = (
    {"under_6": "202403150000", "6_to_17": "201403150000"}
    | dict.fromkeys(DOCUMENTS[5:14], "202404150000")
    | dict.fromkeys(DOCUMENTS[14:], "201204150000")
)


def value_of(field: Field, form: str, variant: int) -> str:
    """The longest right value of a field; each of its codes has its turn, two at once where several may stand."""
    if field.code == "MA_LK":
        return f"{form}-{variant}"
    if field.code == "NGAY_SINH" and form in BORN:
        return BORN[form]
    if field.code in FIXED:
        return FIXED[field.code]
    if field.allowed:
        codes = list(field.allowed)
        chosen = [codes[variant % len(codes)]]
        if field.many and len(codes) > 1:
            chosen.append(codes[(variant + 1) % len(codes)])
        return ";".join(chosen)
    length = field.max_length or 40
    if field.number:
        return "9" * length if length < 4 else f"{'9' * (length - 3)}.50"
    return ("ắ&<\"'>ệ " * (length // 8 + 1))[: length - 1] + "x"


def full(form: str, variant: int) -> tuple[RawExam, Signature]:
    document = form in DOCUMENTS
    kind = DOCUMENT if document else INSURANCE_CLAIM if form == INSURANCE else HEALTH_CHECK
    exam = RawExam(1, kind, facility="8930000000001", form=form if document else "")
    if not document:
        exam.made_on = "20260815"
    signed = []
    fields = [field for field in tables().fields(form) if form != INSURANCE or field.part in ("XML1", "XML4")]
    for field in fields:
        leaf = (field.part, field.code, value_of(field, form, variant))
        if field.part == SIGNATURES or (document and field.code in ("CKS_NGUOI_KET_LUAN", "CKS_BENH_VIEN")):
            signed.append((SIGNATURES, field.code, leaf[2]))
        else:
            exam.leaves.append(leaf)
    if form == INSURANCE:
        results = [leaf for leaf in exam.leaves if leaf[0] == "XML4"]
        exam.leaves += [(part, code, "2" if code == "STT" else value) for part, code, value in results]
        signed = [(SIGNATURES, SIGNATURES, "TUFV")]
    if document:
        exam.signatures = signed
    return exam, Signature([] if document else signed)


def read(content: bytes) -> tuple[RawExam, list[Any]]:
    exam, *rest = read_message(content)
    assert isinstance(exam, RawExam)
    return exam, [leaf for signature in rest if isinstance(signature, Signature) for leaf in signature.leaves]


def test_the_tables_have_as_many_fields_as_the_decisions_say() -> None:
    count = {form: len(tables().fields(form)) for form in ALL}
    assert (count["under_6"], count["6_to_17"], count["18_plus"]) == (109, 87, 123)
    assert sum(field.part == "XML1" for field in tables().fields(INSURANCE)) == 66
    # Form 15 has a row without a number among its 98.
    assert [count[form] for form in DOCUMENTS] == [
        76, 99, 77, 48, 145, 112, 96, 107, 105, 107, 116, 111, 142, 105, 99, 97, 97,
    ]  # fmt: skip


def test_no_row_of_a_decisions_table_is_missing() -> None:
    folder = settings.include() / "code_sets"
    with (folder / "qd1551_fields.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "qd1551_forms.csv").open(encoding="utf-8", newline="") as file:
        forms = list(csv.DictReader(file))
    assert [form["form"] for form in forms] == [f"1551_{number:02d}" for number in range(1, 18)]
    for form in forms:
        of_form = [row for row in rows if row["form"] == form["form"]]
        assert len(of_form) == int(form["fields_in_table"])
        numbers = [int(row["number"]) for row in of_form if row["number"]]
        assert numbers == list(range(1, int(form["fields_in_decision"]) + 1))


@pytest.mark.parametrize(
    ("form", "code", "number", "length", "codes"),
    [
        ("1551_03", "SAC_GIAC", True, 1, "1 2 3 4 5"),
        ("1551_03", "THI_TRUONG_DUNG_HAIMAT", True, 1, "1 2"),
        ("1551_03", "HANG_LAI_XE", False, 10, ""),
        ("1551_03", "KET_LUAN_LOAI_SUC_KHOE", False, 0, ""),
        ("1551_04", "DU_TIEU_CHUAN_DK_PTGT_DUONG_SAT", True, 1, "0 1"),
        ("1551_04", "PHAN_LOAI_SK", True, 1, "1 2 3 4 5"),
        ("1551_05", "KET_LUAN_LOAI_SUC_KHOE", True, 1, "0 1"),
        ("1551_05", "KHAM_MAT_THI_GIAC_MAU", True, 1, "0 1 2 3"),
        ("1551_05", "HAVAB", True, 1, "0 1 9"),
        ("1551_05", "NUOC_TIEU_AMPHETAMINE", True, 1, ""),
        ("1551_05", "GAN_CO_KINH_HAI_MAT", False, 5, ""),
        ("1551_05", "TAI_TRAI_6000HZ", False, 10, ""),
        ("1551_15", "KET_LUAN_MAT", False, 0, ""),
        ("1551_16", "MA_BENH", True, 1, "0 1 2 3 4"),
        ("1551_17", "TIEM_CHUNG_VNNB_MUI3", True, 2, "0 1 99"),
        ("1551_17", "VEO_COT_SONG", True, 1, "1 2"),
        ("1551_17", "MA_NGHE_NGHIEP_NGH_BO", False, 2, ""),
    ],
)
def test_fields_are_as_the_decision_prints_them(form: str, code: str, number: bool, length: int, codes: str) -> None:
    (field,) = tables().documents[form][code]
    assert (field.number, field.max_length, " ".join(field.allowed)) == (number, length, codes)


def test_required_are_the_fields_that_the_decision_marks() -> None:
    required = {form: [field.code for field in tables().fields(form) if field.required] for form in ALL}
    # A small child may have a birth certificate instead of a number.
    assert {form: len(codes) for form, codes in required.items() if codes} == {"under_6": 17, "6_to_17": 16, "18_plus": 17}
    assert "SO_CCCD" in required["18_plus"]
    assert "SO_CCCD" not in required["under_6"]


@pytest.mark.parametrize("form", ALL)
def test_every_field_and_every_code_is_read_and_right(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")
    seen: dict[tuple[str, str], set[str]] = {}
    for variant in range(VARIANTS):
        exam, signature = full(form, variant)
        writings = [write_xml([exam], signature), write_json([exam], signature)]
        if form not in DOCUMENTS:
            writings.append(write_xml([exam], signature, encoded=True))
        for content in writings:
            again, signed = read(content)
            assert again.leaves == exam.leaves
            assert (again.signatures, signed) == (exam.signatures, signature.leaves)
            assert again.form == exam.form
        made = build(exam, sender="20001", today=clock.today(), received=clock.now())
        assert isinstance(made, Exam)
        assert made.columns["form"] == form
        assert [finding for finding in made.findings if finding[3]] == []
        for part, code, value in [*exam.leaves, *exam.signatures, *signature.leaves]:
            seen.setdefault((part, code), set()).update(value.split(";"))
    for field in tables().fields(form):
        if field.part in ("XML2", "XML3", "XML14", "XML15") and form == INSURANCE:
            continue
        part = SIGNATURES if form in DOCUMENTS and field.code in ("CKS_NGUOI_KET_LUAN", "CKS_BENH_VIEN") else field.part
        assert (part, field.code) in seen
        if field.code not in FIXED:
            assert set(field.allowed) <= seen[part, field.code]


@pytest.mark.parametrize("form", ALL)
def test_what_is_outside_the_table_is_marked(form: str) -> None:
    for field in tables().fields(form):
        if field.allowed:
            assert field.problem("77") == "not_allowed"
        elif field.number:
            assert field.problem("x") == "not_a_number"
        elif field.max_length:
            assert field.problem("x" * (field.max_length + 1)) == "too_long"


def test_every_field_is_stored_and_comes_back_as_it_was(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    sent = {}
    for form in ALL:
        exam, signature = full(form, 1)
        sent[f"{form}-1"] = exam, signature
        source = "insurance" if form == INSURANCE else "screening"
        messages.put(write_xml([exam], signature), f"{form}.xml", source)
    assert load("insurance")["new"] == 1
    assert load()["new"] == len(ALL) - 1
    versions = warehouse.execute("SELECT ma_lk, encounter_id, signed FROM exam.encounter WHERE is_current").fetchall()
    assert len(versions) == len(ALL)
    for ma_lk, encounter_id, signed in versions:
        exam, signature = sent[ma_lk]
        with transaction() as conn:
            stored, sealed = stored_exam(conn, encounter_id)
        assert stored.leaves == exam.leaves
        assert (stored.kind, stored.form, stored.signatures) == (exam.kind, exam.form, exam.signatures)
        assert sealed.leaves == signature.leaves
        assert signed == bool(exam.signatures or signature.leaves)
        # The same exam in JSON is no news.
        source = "insurance" if exam.kind == INSURANCE_CLAIM else "screening"
        messages.put(write_json([stored], sealed), f"{ma_lk}.json", source)
    assert load("insurance", run_id="run-2") == {
        "files": 1, "read": 1, "accepted": 1, "rejected": 0, "new": 0, "changed": 0,
    }  # fmt: skip
    again = load(run_id="run-2")
    assert (again["read"], again["new"], again["changed"]) == (len(ALL) - 1, 0, 0)
    columns = warehouse.execute("SELECT count(*) FROM exam.finding WHERE problem IS NOT NULL").fetchone()
    assert columns == (0,)
