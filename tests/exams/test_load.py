"""Loading into PostgreSQL: versions, resends, rejects, refusals, idempotence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from sangloc.errors import RefusedInputError

Load = Callable[..., dict[str, int]]
ENCOUNTERS = "SELECT ma_lk, version, is_current, result_class FROM exam.encounter ORDER BY ma_lk, version"


def dump(warehouse: psycopg.Connection) -> list[Any]:
    return [
        warehouse.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608
        for table in ("intake.file", "intake.reject", "exam.encounter", "exam.finding", "ref.facility")
    ]


def test_every_form_is_loaded_with_all_findings(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    forms = ("under_6", "6_to_17", "18_plus")
    seal = "<CHUKYDONVI><CKS_NGUOI_KET_LUAN>A</CKS_NGUOI_KET_LUAN><CKS_BENH_VIEN>B</CKS_BENH_VIEN></CHUKYDONVI>"
    exams = [messages.full(form, f"A-{form}") for form in forms]
    messages.put(messages.envelope(exams, "base64", signature=seal))
    assert load() == {"files": 1, "read": 3, "accepted": 3, "rejected": 0, "new": 3, "changed": 3}
    for form, exam in zip(forms, exams, strict=True):
        rows = warehouse.execute(
            "SELECT part, code, value, problem FROM exam.finding NATURAL JOIN exam.encounter WHERE form = %s ORDER BY ordinal",
            [form],
        ).fetchall()
        assert rows[0] == ("THONGTINHOSO", "NGAYLAP", "20260814", None)
        assert rows[-2:] == [
            ("CHUKYDONVI", "CKS_NGUOI_KET_LUAN", "A", None),
            ("CHUKYDONVI", "CKS_BENH_VIEN", "B", None),
        ]
        sent = [(part, code, value, None) for part, codes in exam for code, value in codes if part != "XML1"]
        assert [row for row in rows[1:-2] if row[0] != "XML1"] == sent
    assert warehouse.execute("SELECT code, gln, province_code FROM ref.facility").fetchall() == [
        ("20001", "8930000000001", "20")
    ]
    assert warehouse.execute("SELECT status, rows_read, rows_accepted, rows_rejected FROM intake.file").fetchall() == [
        ("loaded", 3, 3, 0)
    ]


def test_loading_again_changes_nothing(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult(), messages.adult("A-2", HO_TEN=None)]))
    load()
    before = dump(warehouse)
    assert set(load(run_id="run-2").values()) == {0}
    # The same bytes under another name are the same file.
    messages.put(messages.envelope([messages.adult(), messages.adult("A-2", HO_TEN=None)]), "b.xml")
    assert set(load(run_id="run-3").values()) == {0}
    assert dump(warehouse) == before


def test_the_same_exam_in_other_bytes_is_no_new_version(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult()]))
    load()
    messages.put(messages.envelope([messages.adult()], "base64", made="20260901"), "b.xml")
    assert load() == {"files": 1, "read": 1, "accepted": 1, "rejected": 0, "new": 0, "changed": 0}
    assert warehouse.execute(ENCOUNTERS).fetchall() == [("A-1", 1, True, 3)]


def test_a_corrected_exam_is_a_new_version(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult(), messages.adult("A-2")], made="20260814"))
    load()
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="4"), messages.adult("A-2")], made="20260815"), "b.xml")
    assert load()["changed"] == 1
    assert warehouse.execute(ENCOUNTERS).fetchall() == [("A-1", 1, False, 3), ("A-1", 2, True, 4), ("A-2", 1, True, 3)]
    count = warehouse.execute("SELECT encounter_id, count(*) FROM exam.finding GROUP BY 1 ORDER BY 1").fetchall()
    assert len({number for _, number in count}) == 1


def test_the_newest_made_wins_whatever_arrives_first(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="4")], made="20260815"), "a.xml")
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="3")], made="20260814"), "b.xml")
    assert load()["new"] == 2
    assert warehouse.execute(ENCOUNTERS).fetchall() == [("A-1", 1, True, 4), ("A-1", 2, False, 3)]


def test_going_back_to_an_earlier_content_makes_it_current_again(
    warehouse: psycopg.Connection, province: str, load: Load, messages: Any
) -> None:
    from sangloc.exams import summarise

    for number, (value, made) in enumerate([("3", "20260814"), ("4", "20260815")]):
        messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK=value)], made=made), f"{number}.xml")
    assert load()["new"] == 2
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="3")], made="20260816"), "2.xml")
    assert load(run_id="run-2") == {"files": 1, "read": 1, "accepted": 1, "rejected": 0, "new": 0, "changed": 1}
    assert warehouse.execute(ENCOUNTERS).fetchall() == [("A-1", 1, True, 3), ("A-1", 2, False, 4)]
    assert summarise(province, "run-2")["changed"] == 1
    # A straggler made before the way back does not win.
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="5")], made="20260815"), "9.xml")
    load()
    assert warehouse.execute("SELECT version FROM exam.encounter WHERE is_current").fetchall() == [(1,)]


def test_one_exam_twice_in_a_file(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    same = [messages.adult(), messages.adult(), messages.adult(PHAN_LOAI_SK="4"), messages.adult("A-2")]
    filler = [messages.adult(f"B-{number}") for number in range(600)]
    messages.put(messages.envelope([*same, *filler, messages.adult(PHAN_LOAI_SK="5")]))
    counts = load()
    assert (counts["accepted"], counts["new"]) == (605, 604)
    assert warehouse.execute(ENCOUNTERS).fetchall()[:4] == [
        ("A-1", 1, False, 3), ("A-1", 2, False, 4), ("A-1", 3, True, 5), ("A-2", 1, True, 3),
    ]  # fmt: skip


def test_one_number_in_two_facilities_is_two_exams(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult(), messages.adult(MA_CSKCB="20002")]))
    assert load()["new"] == 2
    assert warehouse.execute("SELECT count(*) FROM exam.encounter WHERE is_current").fetchone() == (2,)


def test_rejects_are_recorded_with_the_exams_place(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(
        messages.envelope([messages.adult(), messages.adult("A-2", NGAY_VAO="203001010000"), messages.adult(MA_LK=None)])
    )
    assert load() == {"files": 1, "read": 3, "accepted": 1, "rejected": 2, "new": 1, "changed": 1}
    rows = warehouse.execute(
        "SELECT row_number, column_name, reason_code, raw->>'XML1.HO_TEN' FROM intake.reject ORDER BY row_number"
    ).fetchall()
    assert rows == [
        (2, "NGAY_VAO", "exam_date_future", "HOÀNG VĂN THÍ DỤ"),
        (3, "MA_LK", "ma_lk_missing", "HOÀNG VĂN THÍ DỤ"),
    ]


def test_a_bad_file_is_refused_and_the_others_are_loaded(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult("A-1")])[:-30], "a.xml")
    messages.put(b"<!DOCTYPE KHAMSUCKHOE><KHAMSUCKHOE/>", "b.xml")
    messages.put(b"<TREN_18/>", "c.xml")
    messages.put(b"%PDF", "d.pdf")
    messages.put(messages.sheet(["Một"], [[1]]), "e.xlsx")
    messages.put(messages.envelope([messages.adult("A-2")]), "f.xml")
    with pytest.raises(RefusedInputError) as refusal:
        load()
    files = warehouse.execute("SELECT path, status, reason_code, sha256 FROM intake.file ORDER BY path").fetchall()
    assert [(path[-5:], status, reason) for path, status, reason, _ in files] == [
        ("a.xml", "refused", "xml_invalid"), ("b.xml", "refused", "xml_dtd"), ("c.xml", "refused", "format_unknown"),
        ("d.pdf", "refused", "format_unknown"), (".xlsx", "refused", "header_unrecognised"), ("f.xml", "loaded", None),
    ]  # fmt: skip
    assert "screening/20001" in str(refusal.value)
    assert all((sha256[:12] in str(refusal.value)) == (status == "refused") for _, status, _, sha256 in files)
    assert warehouse.execute("SELECT ma_lk FROM exam.encounter").fetchall() == [("A-2",)]
    assert warehouse.execute("SELECT count(*) FROM intake.reject WHERE row_number = 0").fetchone() == (5,)
    # Every later run says so until the files have gone.
    before = dump(warehouse)
    with pytest.raises(RefusedInputError):
        load(run_id="run-2")
    assert dump(warehouse) == before
    for path in messages.landing.rglob("[a-e].*"):
        path.unlink()
    assert set(load(run_id="run-3").values()) == {0}


def test_a_file_whose_loading_died_is_loaded_by_the_next_try(
    warehouse: psycopg.Connection, load: Load, messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sangloc.exams.load import _Loading

    messages.put(messages.envelope([messages.adult(f"A-{n}") for n in range(1100)]))
    merge, calls = _Loading._merge, []

    def dying(self: Any, batch: Any) -> None:
        calls.append(len(batch))
        if len(calls) == 2:
            raise KeyboardInterrupt
        merge(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(_Loading, "_merge", dying)
        with pytest.raises(KeyboardInterrupt):
            load()
    assert calls == [500, 500]
    assert warehouse.execute("SELECT count(*) FROM exam.encounter").fetchone() == (0,)
    assert load(run_id="run-2")["new"] == 1100


def test_who_has_something_new(warehouse: psycopg.Connection, province: str, load: Load, messages: Any) -> None:
    from sangloc.exams import new_senders, summarise

    messages.put(messages.envelope([messages.adult()]))
    messages.put(messages.insurance(), source="insurance", sender="20002")
    messages.put(b"<x/>", source="periodic", sender="20003")
    assert new_senders(province) == [
        {"source": "insurance", "sender": "20002"},
        {"source": "periodic", "sender": "20003"},
        {"source": "screening", "sender": "20001"},
    ]
    load()
    load("insurance", "20002")
    with pytest.raises(RefusedInputError):
        load("periodic", "20003")
    assert new_senders(province) == [{"source": "periodic", "sender": "20003"}]
    assert summarise(province, "run-1") == {
        "files": 2, "refused": 1, "read": 2, "accepted": 2, "rejected": 0, "changed": 2,
    }  # fmt: skip
    assert summarise(province, "run-2")["changed"] == 0


def test_a_list_from_a_school(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    headings = ["Mã lượt khám", "Họ và tên", "Ngày sinh", "Ngày khám", "Số CCCD", "Phân loại sức khỏe"]
    rows = [
        ["T-1", "Bế Văn Mẫu", "02/01/2014", "15/09/2026", "020214000002", "I"],
        ["T-2", "", "02/01/2014", "15/09/2026", "", "II"],
    ]
    messages.put(messages.sheet(headings, rows), "a.xlsx", "school", "TH-01")
    assert load("school", "TH-01")["accepted"] == 1
    assert warehouse.execute("SELECT source, facility_code, result_class FROM exam.encounter").fetchall() == [
        ("school", "TH-01", 1)
    ]
    assert warehouse.execute("SELECT sheet, row_number, reason_code FROM intake.reject").fetchall() == [
        ("Danh sách", 3, "name_missing")
    ]


def test_nothing_personal_is_returned_noted_or_raised(load: Load, messages: Any) -> None:
    from sangloc import audit

    audit.reset()
    messages.put(messages.envelope([messages.adult(HO_TEN="BÍ MẬT TUYỆT ĐỐI")])[:-9], "a.xml")
    messages.put(messages.envelope([messages.adult(HO_TEN="BÍ MẬT TUYỆT ĐỐI", NGAY_SINH="x")]), "b.xml")
    with pytest.raises(RefusedInputError) as refusal:
        load()
    said = str(refusal.value) + str(audit.collect())
    assert "BÍ MẬT" not in said
    assert "020088000003" not in said
    assert audit.collect()["rows"]["rejected"] == 1
