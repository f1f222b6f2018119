"""Which version counts, both uses of one MA_LK, the 24 hours, and what goes back to the sender."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from sangloc.errors import RefusedInputError
from sangloc.exams.envelope import RawExam, Signature
from sangloc.exams.reader import read_message
from sangloc.exams.writer import write_json

Load = Callable[..., dict[str, int]]
SEAL = "<CHUKYDONVI><CKS_NGUOI_KET_LUAN>A</CKS_NGUOI_KET_LUAN><CKS_BENH_VIEN>B</CKS_BENH_VIEN></CHUKYDONVI>"
EMPTY_SEAL = "<CHUKYDONVI><CKS_NGUOI_KET_LUAN/><CKS_BENH_VIEN></CKS_BENH_VIEN></CHUKYDONVI>"


def current(warehouse: psycopg.Connection) -> list[Any]:
    return warehouse.execute("SELECT version, signed, result_class FROM exam.encounter WHERE is_current").fetchall()


def test_an_unsigned_correction_does_not_displace_a_signed_exam(
    warehouse: psycopg.Connection, load: Load, messages: Any
) -> None:
    messages.put(messages.envelope([messages.adult()], made="20260814", signature=SEAL), "a.xml")
    load()
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="4")], made="20260901", signature=EMPTY_SEAL), "b.xml")
    assert load() == {"files": 1, "read": 1, "accepted": 1, "rejected": 0, "new": 1, "changed": 1}
    assert current(warehouse) == [(1, True, 3)]
    # The correction is kept; once its facility signs it, it counts.
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="4")], made="20260902", signature=SEAL), "c.xml")
    assert load(run_id="run-3") == {"files": 1, "read": 1, "accepted": 1, "rejected": 0, "new": 0, "changed": 1}
    assert current(warehouse) == [(2, True, 4)]
    signed = "SELECT code, value FROM exam.finding NATURAL JOIN exam.encounter WHERE part = 'CHUKYDONVI' AND version = 2"
    assert warehouse.execute(signed + " ORDER BY ordinal").fetchall() == [("CKS_NGUOI_KET_LUAN", "A"), ("CKS_BENH_VIEN", "B")]
    # A third time, signed again, adds no second signature.
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="4")], made="20260903", signature=SEAL), "d.xml")
    load(run_id="run-4")
    assert len(warehouse.execute(signed).fetchall()) == 2


def test_among_signed_versions_the_newest_made_counts_whatever_the_order(
    warehouse: psycopg.Connection, load: Load, messages: Any
) -> None:
    for name, (grade, made, seal) in {
        "a": ("1", "20260820", SEAL), "b": ("2", "20260818", SEAL), "c": ("4", "20260825", ""), "d": ("5", "20260820", SEAL),
    }.items():  # fmt: skip
        messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK=grade)], made=made, signature=seal), f"{name}.xml")
        load()
    # Made on one day, the one that came last.
    assert current(warehouse) == [(4, True, 5)]
    assert warehouse.execute("SELECT count(*) FROM exam.encounter").fetchone() == (4,)


def test_a_signed_exam_sent_again_without_its_signature_does_not_displace_a_signed_correction(
    warehouse: psycopg.Connection, load: Load, messages: Any
) -> None:
    for name, (grade, made, seal) in {
        "a": ("1", "20260810", SEAL), "b": ("2", "20260812", SEAL), "c": ("1", "20260815", ""),
    }.items():  # fmt: skip
        messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK=grade)], made=made, signature=seal), f"{name}.xml")
        load()
    assert current(warehouse) == [(2, True, 2)]
    # Nor on the same day, by coming last.
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="1")], made="20260812", signature=EMPTY_SEAL), "d.xml")
    load()
    assert current(warehouse) == [(2, True, 2)]
    # With its signature it does.
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="1")], made="20260816", signature=SEAL), "e.xml")
    assert load()["changed"] == 1
    assert current(warehouse) == [(1, True, 1)]


def test_a_day_of_making_to_come_does_not_count_for_ever(
    warehouse: psycopg.Connection, load: Load, messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="1")], made="20990101", signature=SEAL), "a.xml")
    load()
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-22T08:00:00+07:00")
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="2")], made="20261122", signature=SEAL), "b.xml")
    load()
    assert current(warehouse) == [(2, True, 2)]


def test_a_document_that_comes_again_signed_is_kept_with_its_signature(
    warehouse: psycopg.Connection, load: Load, messages: Any
) -> None:
    fields = "<HO_TEN>HOÀNG VĂN MẪU</HO_TEN><NGAY_SINH>1988</NGAY_SINH><MA_LK>D-1</MA_LK><NGAY_VAO>20260610</NGAY_VAO>"
    for name, seal in {"a": "", "b": "<CKS_BENH_VIEN>B</CKS_BENH_VIEN>", "c": "<CKS_BENH_VIEN>C</CKS_BENH_VIEN>"}.items():
        messages.put(f"<TREN_18><THONG_TIN_HANH_CHINH>{fields}</THONG_TIN_HANH_CHINH>{seal}</TREN_18>".encode(), f"{name}.xml")
        load()
    assert current(warehouse) == [(1, True, None)]
    signed = "SELECT code, value FROM exam.finding WHERE part = 'CHUKYDONVI'"
    assert warehouse.execute(signed).fetchall() == [("CKS_BENH_VIEN", "B")]


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_the_day_of_making_may_stand_behind_the_exams(
    warehouse: psycopg.Connection, load: Load, messages: Any, kind: str
) -> None:
    for name, (grade, made) in {"a": ("1", "20260815"), "b": ("2", "20260814"), "c": ("2", "20260816")}.items():
        content = messages.envelope([messages.adult(PHAN_LOAI_SK=grade)], made=made, signature=SEAL)
        if kind == "xml":
            day = f"<NGAYLAP>{made}</NGAYLAP>".encode()
            content = content.replace(day, b"").replace(b"</DANHSACHHOSO>", b"</DANHSACHHOSO>" + day)
        else:
            exams = list(read_message(content))
            message = json.loads(
                write_json([one for one in exams if isinstance(one, RawExam)], Signature([("CHUKYDONVI", "A", "B")]))
            )
            # As programs do that sort the members by their names.
            content = json.dumps(message, sort_keys=True).encode()
        messages.put(content, f"{name}.{kind}")
        load()
        if name == "b":
            assert current(warehouse) == [(1, True, 1)]
    assert current(warehouse) == [(2, True, 2)]
    days = "SELECT value FROM exam.finding WHERE ordinal = 0 ORDER BY encounter_id"
    assert warehouse.execute(days).fetchall() == [("20260815",), ("20260816",)]


def test_one_ma_lk_for_a_check_up_and_a_claim_are_two_records(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    claim = messages.insurance("A-1", HO_TEN="HOÀNG VĂN THÍ DỤ", MA_CSKCB="20001", SO_CCCD="020088000003")
    messages.put(messages.envelope([messages.adult()]))
    messages.put(claim, source="insurance")
    assert load()["rejected"] == load("insurance")["rejected"] == 0
    rows = "SELECT source_class, version, is_current FROM exam.encounter ORDER BY 1"
    assert warehouse.execute(rows).fetchall() == [("check_up", 1, True), ("insurance", 1, True)]
    # A correction of one leaves the other alone.
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="4")], made="20260901"), "b.xml")
    load(run_id="run-2")
    assert warehouse.execute(rows + ", 2").fetchall() == [
        ("check_up", 1, False), ("check_up", 2, True), ("insurance", 1, True),
    ]  # fmt: skip


def test_the_24_hours_run_from_the_conclusion_to_the_first_arrival(
    warehouse: psycopg.Connection, load: Load, messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:18+07:00")
    exams = [
        messages.adult("A-0", NGAY_VAO="202611200800"),
        messages.adult("A-1", NGAY_VAO="202611200900"),
        messages.adult("A-2", NGAY_VAO="202611200600"),
        messages.adult("A-3", NGAY_VAO="202610310000"),
    ]
    messages.put(messages.envelope(exams))
    load()
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-29T08:00:00+07:00")
    messages.put(messages.envelope([messages.adult("A-1", NGAY_VAO="202611200900", PHAN_LOAI_SK="4")]), "b.xml")
    load(run_id="run-2")
    rows = warehouse.execute(
        "SELECT facility_code, month::text, records, on_time, late, median_hours_late, most_hours_late FROM exam.timeliness"
        " ORDER BY month"
    ).fetchall()
    assert [(code, month, *map(float, rest)) for code, month, *rest in rows[:1]] == [
        ("20001", "2026-10-01", 1.0, 0.0, 1.0, 488.01, 488.01)
    ]
    # 23 hours is in time, 26 is two late, 18 seconds too many are late; the correction a week later makes nothing late.
    assert [float(value) for value in rows[1][2:]] == [3.0, 1.0, 2.0, 1.01, 2.01]
    columns = warehouse.execute("SELECT * FROM stats.arrival").description or []
    assert {column.name for column in columns} == {
        "encounter_id", "province_code", "source", "facility_code", "exam_date", "month", "concluded_at", "first_received_at",
        "hours_late", "signed",
    }  # fmt: skip


def test_what_was_not_accepted_goes_back_once(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    import python_calamine

    secret = "BÍ MẬT TUYỆT ĐỐI"
    exams = [
        messages.adult("=HYPERLINK(1)", HO_TEN=secret, NGAY_VAO="203001010000"),
        messages.adult("A-2", GIOI_TINH="7", XYZ="1"),
        messages.adult(MA_LK=None, HO_TEN=secret),
    ]
    messages.put(messages.envelope(exams), "thang 8.xml")
    messages.put(b"<khac/>", "b.xml")
    with pytest.raises(RefusedInputError):
        load()
    folder = messages.landing / "lang_son" / "returned" / "exams" / "screening" / "20001"
    books = sorted(folder.iterdir())
    assert [book.name.partition("-")[2] for book in books] == ["ket-qua-bi-tra-lai.xlsx"] * 2
    content = {book.name: book.read_bytes() for book in books}
    sheets = {name: python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) for name, data in content.items()}
    rows = [row for book in sheets.values() for row in book.get_sheet_by_name("Bản ghi chưa được nhận").to_python()[1:]]
    said = {(row[2], row[3], row[4]): (row[5], row[7]) for row in rows}
    assert set(said) == {("1", "'=HYPERLINK(1)", "NGAY_VAO"), ("3", "", "MA_LK"), ("Cả tệp", "", "")}
    assert said["1", "'=HYPERLINK(1)", "NGAY_VAO"][0]
    assert "tối đa 12 ký tự" in said["1", "'=HYPERLINK(1)", "NGAY_VAO"][1]
    doubts = [
        row
        for book in sheets.values()
        if "Giá trị cần xem lại" in book.sheet_names
        for row in book.get_sheet_by_name("Giá trị cần xem lại").to_python()[1:]
    ]
    lacking = {row[2]: row[6] for row in doubts if row[5] == "Trường bắt buộc nhưng để trống."}
    assert set(lacking) == {
        "MA_DAN_TOC", "DIA_CHI", "MATINH_CU_TRU", "MAXA_CU_TRU", "LY_DO_VV", "MA_GTIN_CSKCB", "MA_LOAI_KCB",
    }  # fmt: skip
    assert lacking["MA_DAN_TOC"] == "bắt buộc, chuỗi ký tự, tối đa 2 ký tự"
    assert {(row[2], row[4]) for row in doubts if row[2] not in lacking} == {("GIOI_TINH", "1"), ("XYZ", "1")}
    everything = [book.get_sheet_by_name(name).to_python() for book in sheets.values() for name in book.sheet_names]
    assert secret not in str(everything)
    # Nothing is handed back twice.
    for book in books:
        book.unlink()
    with pytest.raises(RefusedInputError):
        load(run_id="run-2")
    assert list(folder.iterdir()) == []


def test_a_list_may_be_csv_with_other_headings(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    rows = (
        "STT;Mã LK;Họ tên;Năm sinh;Ngày KSK;CCCD;Xếp loại sức khỏe;Nhóm đối tượng\n"
        "1;T-1;Bế Văn Mẫu;02/01/2014;15/06/2026;020214000002;II;11\n"
    )
    messages.put(rows.encode(), "a.csv", "school", "TH-01")
    assert load("school", "TH-01")["accepted"] == 1
    found = "SELECT code_set_version, result_class, group_codes, signed FROM exam.encounter"
    assert warehouse.execute(found).fetchall() == [("QD1551", 2, ["11"], False)]


def test_a_file_that_changes_while_it_is_read_leaves_nothing(
    warehouse: psycopg.Connection, load: Load, messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sangloc.exams import load as module

    place = messages.put(messages.envelope([messages.adult()]))
    digest = module.file_sha256

    def changed(file: Any) -> str:
        found = digest(file)
        place.write_bytes(place.read_bytes().replace(b"145/92", b"146/92"))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(module, "file_sha256", changed)
        assert load()["files"] == 0
    assert warehouse.execute("SELECT count(*) FROM exam.encounter").fetchone() == (0,)
    assert load(run_id="run-2")["new"] == 1
