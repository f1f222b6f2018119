"""Forms that are none, and forms that were made to harm: refused clearly, quickly, and never believed."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
import xlsxwriter

from forms.conftest import FIRST, NUMBERS, OBLIGATION, PERIOD, SLUG, Units
from forms.workbooks import FIRST as SHEET
from forms.workbooks import answer, fill, members, replaced
from sangloc import deadlines, provinces
from sangloc.errors import RefusedInputError
from sangloc.forms import Form, read_answers, read_form, write_form
from sangloc.forms.definition import check_value
from sangloc.intake import FileRefused

FORMULA = '<row r="9"><c r="A9"><f>1</f></c></row>'
PARTS = [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]


def form() -> Form:
    profile = provinces.load(SLUG)
    duty = profile.obligation(OBLIGATION)
    period = deadlines.period_of_key(duty, PERIOD)
    due_at = datetime.fromisoformat("2026-11-19T23:59:59+07:00")
    return Form(profile, duty, duty.inputs[0], period, "commune", FIRST, "Xã Mẫu", due_at)


def filled() -> bytes:
    return fill(write_form(form()), NUMBERS)


def with_key(key: str) -> bytes:
    """A form whose hidden key is this one, with the check value that belongs to it."""
    text, check = form().key
    return replaced(replaced(filled(), "xl/sharedStrings.xml", text, key), "xl/sharedStrings.xml", check, check_value(key))


def big(rows: int, columns: int = 1) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet()
    page.write_string(0, 0, "Mã biểu")
    page.write_number(rows - 1, columns - 1, 1)
    book.close()
    return target.getvalue()


def bomb(name: str) -> bytes:
    """A part that unpacks to 300 MB."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(filled())) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        with new.open(name, "w", force_zip64=True) as out:
            for _ in range(300):
                out.write(b" " * 1_000_000)
    return target.getvalue()


def twice() -> bytes:
    """Two sheets of one name in the file: programs differ in which they read."""
    content = members(filled(), lambda _, part: part)
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, archive.read(SHEET))
    return target.getvalue()


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing at all": (lambda: b"", "format_unknown"),
    "a text": (lambda: "Số hội nghị;3".encode(), "format_unknown"),
    "an old XLS": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000, "format_unknown"),
    "the beginning of a form": (lambda: filled()[:5000], "unreadable"),
    "six megabytes": (lambda: b"PK\x03\x04" + b"\0" * 6_000_000, "unreadable"),
    "a macro": (lambda: members(filled(), lambda _, part: part, {"xl/vbaProject.bin": b"\0"}), "form_macro"),
    "a macro sheet": (lambda: members(filled(), lambda _, part: part, {"xl/macrosheets/sheet1.xml": b"<a/>"}), "form_macro"),
    "a sheet that unpacks without end": (lambda: bomb(SHEET), "unreadable"),
    "a picture that unpacks without end": (lambda: bomb("xl/media/image1.png"), "unreadable"),
    "a cell in the last row": (lambda: big(1_048_576), "unreadable"),
    "a cell in the last column": (lambda: big(100, 16_384), "unreadable"),
    "an entity bomb": (
        lambda: replaced(filled(), SHEET, "<worksheet", '<!DOCTYPE w [<!ENTITY a "ha">]><worksheet'),
        "unreadable",
    ),
    "two sheets in one place": (twice, "unreadable"),
    "a sheet that is nowhere": (
        lambda: replaced(filled(), "xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "worksheets/none.xml"),
        "unreadable",
    ),
    "a list of people": (lambda: big(20, 5), "form_unknown"),
    "a key that is no object": (lambda: with_key("[1, 2]"), "form_key_broken"),
    "a key without end": (lambda: with_key("[" * 30_000), "form_key_broken"),
    "a key of numbers": (lambda: with_key(form().key[0].replace(f'"{PERIOD}"', PERIOD)), "form_key_broken"),
    "a key with a formula in its sheet": (
        lambda: replaced(
            filled(), "xl/worksheets/sheet3.xml", "<sheetData>", '<sheetData><row r="9"><c r="A9"><f>1</f></c></row>'
        ),
        "form_key_broken",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_form_is_refused_in_little_time(attack: str) -> None:
    make, reason = ATTACKS[attack]
    content = make()
    begun = time.process_time()
    with pytest.raises(FileRefused) as refused:
        read_form(content)
    assert refused.value.reason_code == reason
    assert time.process_time() - begun < 4


def test_refused_ones_go_back_and_leave_nothing(units: Units) -> None:
    for number, (make, _) in enumerate(ATTACKS[name] for name in ("a macro", "a sheet that unpacks without end", "a text")):
        units.send(FIRST, make(), f"{number}.xlsx")
    with pytest.raises(RefusedInputError, match=r"form_macro.*unreadable.*format_unknown"):
        units.take_in()
    assert sorted(units.reasons()) == ["form_macro", "format_unknown", "unreadable"]
    assert len(units.returned()) == 3
    assert units.figures() == {}


def test_a_formula_is_not_believed(units: Units) -> None:
    units.send(FIRST, fill(units.empty(FIRST), NUMBERS | {"Số hội nghị": 999, "Khó khăn, vướng mắc": "không"},
                           {"Số hội nghị": "HYPERLINK(A1)", "Khó khăn, vướng mắc": "A1"}))  # fmt: skip
    assert units.take_in()["faults"] == 2
    assert units.faults() == {"conferences": "form_formula", "difficulties": "form_formula"}
    # What the formula showed does not go back as if it were an answer.
    assert answer(units.returned()[0], "Số hội nghị") == ("", "FFC7CE")


def test_a_key_that_names_others_only_reaches_what_lies_in_the_own_folder(units: Units) -> None:
    key = json.loads(form().key[0])
    for change, reason in (
        ({"unit": "06040"}, "form_other_unit"),
        ({"province": "thai_nguyen"}, "form_other_unit"),
        ({"unit_kind": "department"}, "form_not_owed"),
        ({"unit_kind": "facility"}, "form_not_owed"),
        ({"input": "departments"}, "form_not_owed"),
        ({"obligation": "x' OR TRUE --"}, "form_not_owed"),
    ):
        text = json.dumps(key | change, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        code = "/".join(str((key | change)[name]) for name in ("obligation", "period", "input", "unit"))
        content = replaced(with_key(text), "xl/sharedStrings.xml", f"<t>{form().code}</t>", f"<t>{code}</t>")
        path = units.send(FIRST, content, "x.xlsx")
        with pytest.raises(RefusedInputError, match=reason):
            units.take_in()
        path.unlink()
    assert units.connection.execute("SELECT count(*) FROM reporting.unit_form").fetchone() == (0,)


def test_damaged_forms_never_crash() -> None:
    """Bytes are changed inside the parts, so that the archive stays whole and the parsers see the damage."""
    source, chance = filled(), random.Random(20)
    figures = form().figures
    read = 0
    for _ in range(300):
        victim = chance.choice(
            [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]
        )

        def damaged(name: str, part: bytes, victim: str = victim) -> bytes:
            if name != victim:
                return part
            data = bytearray(part)
            for _ in range(chance.randint(1, 5)):
                data[chance.randrange(len(data))] = chance.choice(b"<>\"'/&; 0159AZ\x00\xff")
            return bytes(data)

        try:
            read_answers(read_form(members(source, damaged)), figures)
            read += 1
        except FileRefused:
            continue
    # Some damage does no harm: both ways were taken.
    assert 0 < read < 300


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("gọi 0912        345    678", True),
        ("gọi 0912\n\n\n\n345678", True),
        ("sinh 5/3/90", True),
        ("sinh 05031990", True),
        ("sinh 19900305", True),
        ("sinh 5 tháng 3, 1990", True),
        ("sinh 5/3 năm 1990", True),
        ("sinh ngày 5, tháng 3, năm 1990", True),
        ("hội nghị ngày 5/3, 12 xã dự; 1.234 lượt người, tháng 9 năm 2026, Mục 5/3/2", False),
    ],
)
def test_dates_and_numbers_of_people_in_any_writing(text: str, personal: bool) -> None:
    figures = [figure for figure in form().figures if figure.id == "difficulties"]
    answers = read_answers(read_form(fill(write_form(form()), {figures[0].name_vi: text})), figures)
    assert ("form_text_personal" in [fault.reason for fault in answers.faults]) is personal


def test_messages_hold_nothing_of_what_was_typed(units: Units, caplog: pytest.LogCaptureFixture) -> None:
    secret = "Bà Nông Thị Bí Mật, số 012345678901"
    units.send(FIRST, fill(units.empty(FIRST), {"Khó khăn, vướng mắc": secret, "Số hội nghị": "Bí Mật"}), f"{secret}.xlsx")
    with pytest.raises(RefusedInputError) as refused:
        units.take_in()
    said = str(refused.value) + caplog.text
    told = units.connection.execute("SELECT string_agg(message, ' ') FROM intake.reject").fetchone()
    assert told is not None
    assert "Bí Mật" not in said + told[0]
    assert "012345678901" not in said + told[0]
