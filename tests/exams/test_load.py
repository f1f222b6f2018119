"""Loading into PostgreSQL: versions, resends, rejects, refusals, idempotence."""

from __future__ import annotations

import hashlib
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


def test_texts_that_no_index_takes_are_rejected_and_stop_nobody(
    warehouse: psycopg.Connection, load: Load, messages: Any
) -> None:
    # Nothing that a database could make shorter.
    long = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(200))
    exams = [
        messages.adult(long),
        messages.adult("A-2", MA_CSKCB=long),
        messages.adult("A-3", HO_TEN=f"Hoàng {long}"),
        messages.adult("A-4", DIA_CHI=long),
        messages.adult("A-5"),
    ]
    messages.put(messages.envelope(exams))
    assert load()["accepted"] == 2
    rows = warehouse.execute("SELECT row_number, column_name, reason_code FROM intake.reject ORDER BY 1").fetchall()
    assert rows == [(1, "MA_LK", "key_too_long"), (2, "MA_CSKCB", "key_too_long"), (3, "HO_TEN", "name_too_long")]
    kept = "SELECT code, value = %s, problem, address FROM exam.finding NATURAL JOIN exam.encounter WHERE problem IS NOT NULL"
    assert warehouse.execute(kept, [long]).fetchall() == [("DIA_CHI", True, "too_long", None)]


def test_what_looks_like_an_escape_is_kept_with_the_reject(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    names = ["A\\u0000 B", "A\\\\u0000 B", "A \\", "A\\x B"]
    messages.put(messages.envelope([messages.adult(f"A-{n}", HO_TEN=name, NGAY_SINH="x") for n, name in enumerate(names)]))
    assert load()["rejected"] == 4
    rows = warehouse.execute("SELECT raw->>'XML1.HO_TEN' FROM intake.reject ORDER BY row_number").fetchall()
    assert rows == [(name,) for name in names]


def test_a_record_of_which_a_part_cannot_be_read_says_so(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    content = messages.envelope([messages.adult(), messages.adult("A-2")])
    torn = content.replace(messages.part("THONG_TIN_HANH_CHINH", messages.adult()[0][1]).encode(), b"SG\xc3\xb4m nay", 1)
    messages.put(torn)
    assert load()["accepted"] == 1
    rows = "SELECT column_name, reason_code, message, raw->>'XML1.NOIDUNGFILE' FROM intake.reject"
    ((column, reason, message, kept),) = warehouse.execute(rows).fetchall()
    assert (column, reason, kept) == ("HO_TEN", "part_unreadable", "SGôm nay")
    assert "NOIDUNGFILE" in message


def test_a_bad_file_is_refused_and_the_others_are_loaded(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult("A-1")])[:-30], "a.xml")
    messages.put(b"<!DOCTYPE KHAMSUCKHOE><KHAMSUCKHOE/>", "b.xml")
    messages.put(b"<TREN_19/>", "c.xml")
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


ANOTHER = {"HO_TEN": "LƯƠNG THỊ KHÁC", "NGAY_SINH": "199001010000", "SO_CCCD": "020190000007"}


def test_two_provinces_do_not_see_each_others_exams(
    warehouse: psycopg.Connection, province: str, load: Load, messages: Any
) -> None:
    from sangloc import provinces
    from sangloc.exams import load_sender
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, "thai_nguyen")
    folder = messages.landing / "thai_nguyen/exams/screening/20001"
    folder.mkdir(parents=True)
    messages.put(messages.envelope([messages.adult()]))
    load()
    before = warehouse.execute("SELECT *, xmin FROM exam.encounter").fetchall()
    # The same file; a correction of it; another person under the same MA_LK: all the other province's own business.
    (folder / "a.xml").write_bytes(messages.envelope([messages.adult()]))
    assert load_sender("thai_nguyen", "screening", "20001", "run-2")["new"] == 1
    (folder / "b.xml").write_bytes(messages.envelope([messages.adult(PHAN_LOAI_SK="4")], made="20260820"))
    assert load_sender("thai_nguyen", "screening", "20001", "run-3")["new"] == 1
    (folder / "c.xml").write_bytes(messages.envelope([messages.adult("A-9", **ANOTHER)]))
    assert load_sender("thai_nguyen", "screening", "20001", "run-4")["new"] == 1
    rows = "SELECT ma_lk, version, is_current, result_class FROM exam.encounter WHERE province_code = %s ORDER BY 1, 2"
    assert warehouse.execute(rows, ["19"]).fetchall() == [("A-1", 1, False, 3), ("A-1", 2, True, 4), ("A-9", 1, True, 3)]
    assert warehouse.execute("SELECT *, xmin FROM exam.encounter WHERE province_code = '20'").fetchall() == before
    # And back: the first province's own later news has version 2 and its own day of making.
    messages.put(messages.envelope([messages.adult(), messages.adult("A-9")], made="20260901"), "d.xml")
    assert load(run_id="run-5") == {"files": 1, "read": 2, "accepted": 2, "rejected": 0, "new": 1, "changed": 1}
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="5")], made="20260902"), "e.xml")
    load(run_id="run-6")
    assert warehouse.execute(rows, ["20"]).fetchall() == [("A-1", 1, False, 3), ("A-1", 2, True, 5), ("A-9", 1, True, 3)]
    assert len(warehouse.execute(rows, ["19"]).fetchall()) == 3
    made = "SELECT max(value) FROM exam.finding NATURAL JOIN exam.encounter WHERE ordinal = 0 AND province_code = '19'"
    assert warehouse.execute(made).fetchone() == ("20260820",)
    assert warehouse.execute("SELECT province_code, code FROM ref.facility ORDER BY 1").fetchall() == [
        ("19", "20001"), ("20", "20001"),
    ]  # fmt: skip


@pytest.mark.parametrize("same_file", [True, False])
def test_a_reused_ma_lk_does_not_replace_another_persons_exam(
    warehouse: psycopg.Connection, load: Load, messages: Any, same_file: bool
) -> None:
    first, second = messages.adult(), messages.adult(**ANOTHER)
    if same_file:
        filler = [messages.adult(f"B-{number}") for number in range(600)]
        # Once in the same batch and once in a later one; and what is known is still taken.
        messages.put(messages.envelope([first, second, *filler, second, first]))
        place = [(2,), (603,)]
    else:
        messages.put(messages.envelope([first]), "a.xml")
        messages.put(messages.envelope([messages.adult("B-0"), second], made="20260901"), "b.xml")
        place = [(2,)]
    counts = load()
    assert counts["rejected"] == len(place)
    assert counts["read"] == counts["accepted"] + counts["rejected"]
    assert warehouse.execute("SELECT version, is_current, full_name FROM exam.encounter WHERE ma_lk = 'A-1'").fetchall() == [
        (1, True, "HOÀNG VĂN THÍ DỤ")
    ]
    assert warehouse.execute("SELECT row_number FROM intake.reject ORDER BY 1").fetchall() == place
    column, reason, message, raw = warehouse.execute(
        "SELECT column_name, reason_code, message, raw FROM intake.reject LIMIT 1"
    ).fetchone() or ("", "", "", {})
    assert (column, reason, raw["XML1.HO_TEN"]) == ("MA_LK", "ma_lk_reused", "LƯƠNG THỊ KHÁC")
    assert "Mã lượt khám" in message
    assert not any(value in message for value in raw.values() if len(value) > 4)
    before = dump(warehouse)
    assert set(load(run_id="run-2").values()) == {0}
    assert dump(warehouse) == before


@pytest.mark.parametrize(
    ("values", "version"),
    [
        ({"PHAN_LOAI_SK": "4"}, True),
        ({"HO_TEN": "HOANG VAN THI DU"}, True),
        ({"HO_TEN": "HOÀNG VĂN KHÁC"}, True),
        ({"SO_CCCD": "020088000004"}, True),
        ({"SO_CCCD": None}, True),
        ({"NGAY_SINH": "198805210000"}, True),
        ({"NGAY_SINH": "1988", "SO_CCCD": "020088000004"}, True),
        ({"NGAY_SINH": "05/1988", "SO_CCCD": "020088000004"}, True),
        ({"NGAY_SINH": "06/1988", "SO_CCCD": "020088000004"}, False),
        ({"NGAY_SINH": "1989", "SO_CCCD": "020088000004"}, False),
        ({"NGAY_SINH": "198805210000", "SO_CCCD": "020088000004"}, False),
        ({"HO_TEN": "HOÀNG VĂN KHÁC", "SO_CCCD": "020088000004"}, False),
        ({"HO_TEN": "HOÀNG VĂN KHÁC", "SO_CCCD": None}, False),
        ({"HO_TEN": "HOÀNG VĂN KHÁC", "NGAY_SINH": "198805210000"}, False),
    ],
)
def test_two_of_name_birth_and_number_make_a_version(
    warehouse: psycopg.Connection, load: Load, messages: Any, values: dict[str, str | None], version: bool
) -> None:
    messages.put(messages.envelope([messages.adult()]), "a.xml")
    load()
    messages.put(messages.envelope([messages.adult(**values)], made="20260901"), "b.xml")
    assert load()["rejected"] == (0 if version else 1)
    assert warehouse.execute("SELECT version FROM exam.encounter WHERE is_current").fetchall() == [(2 if version else 1,)]


def test_a_swapped_birth_date_is_a_correction(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult(NGAY_SINH="198805020000", SO_CCCD=None)]), "a.xml")
    messages.put(messages.envelope([messages.adult(NGAY_SINH="198802050000", SO_CCCD=None)], made="20260901"), "b.xml")
    assert load()["new"] == 2
    assert warehouse.execute("SELECT version FROM exam.encounter WHERE is_current").fetchall() == [(2,)]


def test_a_guardians_number_does_not_make_two_names_one_child(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.child(SO_CCCD=""), messages.child("C-2")]), "a.xml")
    load()
    renamed, twin = (
        messages.child(HO_TEN="TRẦN THỊ TÊN MỚI"),
        messages.child("C-2", HO_TEN="TRẦN THỊ EM", SO_CCCD="020324000002"),
    )
    messages.put(messages.envelope([renamed, twin], made="20260901"), "b.xml")
    # It may be the same child under a new name or a twin: nobody can tell, so the first stays and the sender hears of it.
    assert load()["rejected"] == 2
    rejects = warehouse.execute("SELECT row_number, reason_code FROM intake.reject ORDER BY 1").fetchall()
    assert rejects == [(1, "ma_lk_reused"), (2, "ma_lk_reused")]
    assert warehouse.execute("SELECT ma_lk, version FROM exam.encounter WHERE is_current ORDER BY 1").fetchall() == [
        ("C-1", 1), ("C-2", 1),
    ]  # fmt: skip


def test_another_source_is_another_exam(warehouse: psycopg.Connection, load: Load, messages: Any) -> None:
    messages.put(messages.envelope([messages.adult()]))
    load()
    messages.put(messages.envelope([messages.adult(PHAN_LOAI_SK="4")], made="20260901"), source="periodic")
    assert load("periodic")["rejected"] == 1
    # The same content in other bytes is nothing new, whichever way it came.
    messages.put(messages.envelope([messages.adult()], "base64"), "b.xml", source="periodic")
    assert load("periodic")["rejected"] == 0
    assert warehouse.execute("SELECT source, version, is_current FROM exam.encounter").fetchall() == [("screening", 1, True)]


def test_one_unreadable_file_stops_nobody_else(warehouse: psycopg.Connection, province: str, load: Load, messages: Any) -> None:
    import hashlib

    from sangloc.exams import new_senders

    messages.put(messages.envelope([messages.adult()]), sender="20002")
    messages.put(messages.envelope([messages.adult()]), "b.xml")
    # A file that not even root can read: too large (and empty on the disk). Senders write names into file names.
    name = "a_Hoang_Van_Thi.xml"
    with messages.put(b"", name).open("r+b") as file:
        file.truncate((1 << 30) + 1)
    both = [{"source": "screening", "sender": "20001"}, {"source": "screening", "sender": "20002"}]
    assert new_senders(province) == both
    with pytest.raises(RefusedInputError) as refusal:
        load()
    load(sender="20002")
    place = hashlib.sha256(f"lang_son/exams/screening/20001/{name}".encode()).hexdigest()[:12]
    assert "screening/20001" in str(refusal.value)
    assert place in str(refusal.value)
    assert "Hoang" not in str(refusal.value)
    assert warehouse.execute("SELECT path, status FROM intake.file").fetchall() == [
        ("lang_son/exams/screening/20001/b.xml", "loaded")
    ]
    assert new_senders(province) == both[:1]


def test_a_file_that_goes_while_it_is_looked_for_is_passed_over(
    warehouse: psycopg.Connection, province: str, load: Load, messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sangloc.exams import load as module
    from sangloc.exams import new_senders
    from sangloc.intake import landing

    list_files = landing.list_files

    def listed_and_gone(*where: Any) -> Any:
        files = list_files(*where)
        for file in files:
            if file.name == "a.xml":
                (messages.landing / file.path).unlink()
        return files

    for place in (module, landing):
        monkeypatch.setattr(place, "list_files", listed_and_gone)
    messages.put(messages.envelope([messages.adult()]))
    assert new_senders(province) == []
    messages.put(messages.envelope([messages.adult()]))
    messages.put(messages.envelope([messages.adult("A-2")]), "b.xml")
    assert load()["files"] == 1


def test_the_sample_arrives_as_its_truth_says(warehouse: psycopg.Connection, province: str, load: Load, messages: Any) -> None:
    from datetime import date

    from sangloc.exams import new_senders
    from sangloc.linkage import link
    from sangloc.sample import generate

    truth = generate(province, 2000, 3, messages.landing, date(2026, 11, 21))
    for sender in new_senders(province):
        load(**sender)
    rejected = warehouse.execute("SELECT reason_code, count(*) FROM intake.reject GROUP BY 1 ORDER BY 1").fetchall()
    assert dict(rejected) == truth.exams_rejected
    assert new_senders(province) == []
    current = warehouse.execute("SELECT source, count(*) FROM exam.encounter WHERE is_current GROUP BY 1").fetchall()
    assert dict(current) == {source: count for source, count in truth.exams_current_by_source.items() if count}
    (problems,) = warehouse.execute("SELECT count(*) FROM exam.finding WHERE problem = 'other_facility'").fetchone() or (0,)
    assert problems == 0
    lists = "SELECT code FROM exam.finding NATURAL JOIN exam.encounter WHERE form = 'sheet' AND problem = 'unknown_field'"
    assert warehouse.execute(lists).fetchall() == []
    assert link(province, "run-1")["encounters"] == truth.exams_current
