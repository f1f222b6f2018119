"""Lists of schools and employers as they come: without MA_LK, with groups in words, with columns nobody knows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from sangloc import clock, settings
from sangloc.exams.fields import tables
from sangloc.exams.record import Exam, build
from sangloc.exams.sheet import read_sheet
from sangloc.intake import Reject

Load = Callable[..., dict[str, int]]
HEADINGS = ["STT", "Họ và tên", "Ngày sinh", "Lớp", "Ngày khám", "Số CCCD", "Phân loại sức khỏe"]
PUPIL = [1, "Bế Văn Mẫu", "02/01/2014", "6A", "15/09/2026", "020214000002", "I"]
CURRENT = "SELECT version, result_class, full_name FROM exam.encounter WHERE is_current ORDER BY full_name"


def made(content: bytes, kind: str = "school") -> list[Exam]:
    built = [
        build(raw, sender="TH-01", today=clock.today(), received=clock.now()) for raw in read_sheet(content, "a.xlsx", kind)
    ]
    return [exam for exam in built if isinstance(exam, Exam)]


def with_values(**values: Any) -> list[Any]:
    names = ("stt", "name", "born", "unit", "day", "number", "grade")
    return [values.get(name, value) for name, value in zip(names, PUPIL, strict=True)]


def test_a_list_without_ma_lk_may_be_sent_again_and_corrected(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    second = [2, "Lý Thị Thử", "05/03/2014", "6A", "15/09/2026", "", "II"]
    messages.put(messages.sheet(HEADINGS, [PUPIL, second]), "a.xlsx", "school", "TH-01")
    assert load("school", "TH-01")["new"] == 2
    # In other bytes, another order, with a number that was missing; and a result that was wrong.
    again = [with_values(stt=2, name="  bế văn mẫu", unit="Lớp 6a"), [1, *second[1:5], "020314000004", "III"]]
    messages.put(messages.sheet(HEADINGS, again[::-1]), "b.xlsx", "school", "TH-01")
    assert load("school", "TH-01", "run-2")["new"] == 2
    rows = "SELECT name_fold, version, result_class FROM exam.encounter WHERE is_current ORDER BY 1"
    assert warehouse.execute(rows).fetchall() == [("be van mau", 2, 1), ("ly thi thu", 2, 3)]
    # The first again, with another column of running numbers.
    turned = [[9, *PUPIL[1:]], [8, *second[1:]]]
    messages.put(messages.sheet(HEADINGS, turned), "c.xlsx", "school", "TH-01")
    assert load("school", "TH-01", "run-3")["new"] == 0
    assert warehouse.execute("SELECT count(*), count(DISTINCT ma_lk) FROM exam.encounter").fetchone() == (4, 2)


@pytest.mark.parametrize(
    "values",
    [{"name": "Bế Văn Mâu Hai"}, {"born": "03/01/2014"}, {"unit": "6B"}, {"day": "16/09/2026"}],
)
def test_another_name_birth_class_or_day_is_another_exam(messages: Any, values: dict[str, str]) -> None:
    one, other = made(messages.sheet(HEADINGS, [PUPIL, with_values(**values)]))
    assert one.columns["ma_lk"] != other.columns["ma_lk"]
    # And so is the same person's in a list of another kind.
    (at_work,) = made(messages.sheet(HEADINGS, [PUPIL]), "worker")
    assert at_work.columns["ma_lk"] != one.columns["ma_lk"]


def test_two_rows_that_may_be_two_people_are_none(messages: Any) -> None:
    rows = [PUPIL, with_values(number="020214000077"), [3, *with_values(name="Lý Thị Thử")[1:]], PUPIL]
    made_of = [
        build(raw, sender="TH-01", today=clock.today(), received=clock.now())
        for raw in read_sheet(messages.sheet(HEADINGS, rows), "a.xlsx", "school")
    ]
    said = [one.reason_code if isinstance(one, Reject) else "" for one in made_of]
    assert said == ["row_ambiguous", "row_ambiguous", "", "row_ambiguous"]
    # The same row twice says nothing else.
    assert len(made(messages.sheet(HEADINGS, [PUPIL, with_values(stt=9)]))) == 2


def test_a_namesake_in_another_file_does_not_replace_anybody(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.sheet(HEADINGS, [PUPIL]), "a.xlsx", "school", "TH-01")
    messages.put(messages.sheet(HEADINGS, [with_values(number="020214000077", grade="V")]), "b.xlsx", "school", "TH-01")
    assert load("school", "TH-01")["rejected"] == 1
    assert warehouse.execute(CURRENT).fetchall() == [(1, 1, "Bế Văn Mẫu")]
    assert warehouse.execute("SELECT reason_code FROM intake.reject").fetchall() == [("row_ambiguous",)]


def test_a_list_with_the_column_has_to_fill_it(messages: Any) -> None:
    content = messages.sheet([*HEADINGS, "Mã lượt khám"], [[*PUPIL, "K-1"], [*with_values(unit="6B"), ""]])
    assert [exam.columns["ma_lk"] for exam in made(content)] == ["K-1"]


@pytest.mark.parametrize(
    ("text", "day", "codes", "value"),
    [
        ("Học sinh", "15/09/2026", ["11"], "11"),
        ("hoc  sinh", "15/09/2026", ["11"], "11"),
        ("HỌC SINH; Hộ nghèo, cận nghèo", "15/09/2026", ["3", "11"], "11;3"),
        ("Học sinh, hộ nghèo", "15/09/2026", ["3", "11"], "11;3"),
        ("Người cao tuổi (trên 60)", "15/09/2026", ["1"], "1"),
        ("1, 11", "15/09/2026", ["1", "11"], "1;11"),
        ("Khác", "15/09/2026", ["16"], "16"),
        ("Khác", "06/07/2026", ["14"], "14"),
        ("Trẻ em dưới 6 tuổi", "15/09/2026", ["16"], "16"),
        ("Học sinh; Đội văn nghệ", "15/09/2026", ["11"], "11;Đội văn nghệ"),
        ("Đội văn nghệ, bóng đá", "15/09/2026", [], "Đội văn nghệ, bóng đá"),
    ],
)
def test_target_groups_in_words(messages: Any, text: str, day: str, codes: list[str], value: str) -> None:
    content = messages.sheet([*HEADINGS, "Đối tượng"], [[*with_values(day=day), text]])
    (exam,) = made(content)
    assert exam.columns["group_codes"] == codes
    found = {(part, code): (said, problem) for part, code, said, problem in exam.findings}
    assert found["XML2", "DOI_TUONG"] == (value, "not_allowed" if "văn nghệ" in text else None)
    # What it was called is kept where that says more than the code.
    assert found.get(("SHEET", "group_codes"), (value, None)) == (text, None) or value == text


def test_every_label_of_a_group_has_a_code_of_both_decisions() -> None:
    with (settings.include() / "exams" / "group_labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    new, old = tables().find("18_plus", "XML2", "DOI_TUONG"), tables().find("1551_02", "THONG_TIN_HANH_CHINH", "DOI_TUONG")
    assert new and old
    assert {row["QD2062"] for row in rows} <= new.allowed.keys()
    assert {row["QD1551"] for row in rows} <= old.allowed.keys()
    labels = {row["label"] for row in rows}
    assert set(new.allowed.values()) | set(old.allowed.values()) <= labels


OTHERS = [*HEADINGS, "Đường huyết", "Nguyễn Văn Bí Mật", "Trống"]


def test_columns_with_unknown_headings_are_kept_and_the_sender_hears_of_them(
    warehouse: psycopg.Connection, load: Load, messages: Any
) -> None:
    import python_calamine

    messages.put(
        messages.sheet(OTHERS, [[*PUPIL, 5.6, "x", ""], [*with_values(unit="6B"), "", "", ""]]), "a.xlsx", "school", "TH-01"
    )
    assert load("school", "TH-01")["accepted"] == 2
    rows = "SELECT part, code, value, problem FROM exam.finding WHERE problem IS NOT NULL ORDER BY code"
    kept = [
        ("SHEET", "COT_H", "Đường huyết: 5.6", "unknown_heading"),
        ("SHEET", "COT_I", "Nguyễn Văn Bí Mật: x", "unknown_heading"),
    ]
    assert warehouse.execute(rows).fetchall() == kept
    folder = messages.landing / "lang_son" / "returned" / "exams" / "school" / "TH-01"
    (book,) = folder.iterdir()
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book.read_bytes()))
    said = workbook.get_sheet_by_name("Giá trị cần xem lại").to_python()
    assert [row[1:3] for row in said if str(row[2]).startswith("Cột")] == [["Danh sách", "Cột H"], ["Danh sách", "Cột I"]]
    everything = str([workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names])
    assert "Bí Mật" not in everything
    assert "Đường huyết" not in everything
    # Once.
    book.unlink()
    load("school", "TH-01", "run-2")
    assert list(folder.iterdir()) == []


def test_where_an_unknown_column_stands_makes_no_new_version(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.sheet(OTHERS, [[*PUPIL, 5.6, "x", ""]]), "a.xlsx", "school", "TH-01")
    turned = messages.sheet([OTHERS[8], *OTHERS[:8]], [["x", *PUPIL, 5.6]])
    messages.put(turned, "b.xlsx", "school", "TH-01")
    assert load("school", "TH-01")["new"] == 1
    messages.put(messages.sheet(OTHERS, [[*PUPIL, 5.7, "x", ""]]), "c.xlsx", "school", "TH-01")
    assert load("school", "TH-01", "run-2")["new"] == 1


def test_unknown_columns_of_several_sheets_and_of_a_csv(messages: Any) -> None:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, headings, row in (
            ("6A", [*HEADINGS, "Giun"], [*PUPIL, "không"]),
            ("6B", [*HEADINGS[:2], "Máu", *HEADINGS[2:], "Giun"], [*PUPIL[:2], "O", *with_values(unit="6B")[2:], "có"]),
            ("6C", HEADINGS, with_values(unit="6C")),
        ):
            page = book.add_worksheet(name)
            page.write_row(0, 0, headings)
            page.write_row(1, 0, row)
    found = [
        [(code, value) for _, code, value, problem in exam.findings if problem == "unknown_heading"]
        for exam in made(buffer.getvalue())
    ]
    assert found == [[("COT_H", "Giun: không")], [("COT_C", "Máu: O"), ("COT_I", "Giun: có")], []]
    text = "Họ tên;Giun;Năm sinh;Ngày khám;Kết luận;Kết luận\nBế Văn Mẫu;=1+1;2014;15/09/2026;Khỏe;Hẹn khám lại\n"
    (raw,) = read_sheet(text.encode(), "a.csv", "school")
    others = [(code, value) for part, code, value in raw.leaves if part == "SHEET"]
    assert others == [("COT_B", "Giun: =1+1"), ("COT_F", "Kết luận: Hẹn khám lại")]
