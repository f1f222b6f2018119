"""From a record to columns and findings: identity, guardians, dates, codes, problems."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

import pytest
import yaml

from sangloc import clock, settings
from sangloc.exams.envelope import RawExam
from sangloc.exams.fields import tables
from sangloc.exams.reader import read_message as read_envelope
from sangloc.exams.record import Exam, build, parse_birth, parse_moment
from sangloc.exams.sheet import read_sheet
from sangloc.intake import FileRefused, Reject


def built(raw: RawExam, sender: str = "20001") -> Exam | Reject:
    return build(raw, sender=sender, today=clock.today(), received=clock.now())


def exam(content: bytes, sender: str = "20001") -> Exam:
    raw = next(iter(read_envelope(content)))
    assert isinstance(raw, RawExam)
    made = built(raw, sender)
    assert isinstance(made, Exam), made.reason_code
    return made


def problems(made: Exam) -> dict[str, str | None]:
    return {code: problem for _, code, _, problem in made.findings}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("202608101430", "2026-08-10T14:30:00+07:00"),
        ("20260810", "2026-08-10T00:00:00+07:00"),
        ("18062026", "2026-06-18T00:00:00+07:00"),
        ("20122012", "2012-12-20T00:00:00+07:00"),
        ("2026-08-10", "2026-08-10T00:00:00+07:00"),
        ("2026-08-10 07:05", "2026-08-10T07:05:00+07:00"),
        ("10/08/2026", "2026-08-10T00:00:00+07:00"),
        ("1/8/2026", "2026-08-01T00:00:00+07:00"),
    ],
)
def test_dates_of_every_writing(text: str, expected: str) -> None:
    moment = parse_moment(text)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize("text", ["", "31/02/2026", "20260231", "2026", "99999999", "202608102575", "hôm qua", "٢٠٢٦"])
def test_no_date(text: str) -> None:
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198805200000", (date(1988, 5, 20), "day")),
        ("15062024", (date(2024, 6, 15), "day")),
        ("1988", (date(1988, 1, 1), "year")),
        ("198800000000", (date(1988, 1, 1), "year")),
        ("19880500", (date(1988, 5, 1), "month")),
        ("05/1988", (date(1988, 5, 1), "month")),
        ("20/5/1988", (date(1988, 5, 20), "day")),
        ("00001988", (date(1988, 1, 1), "year")),
        ("30/02/1988", None),
        ("20271231", None),
        ("", None),
    ],
)
def test_birth_dates_and_their_precision(monkeypatch: pytest.MonkeyPatch, text: str, expected: tuple[date, str] | None) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21")
    assert parse_birth(text) == expected


@pytest.mark.parametrize("form", ["under_6", "6_to_17", "18_plus"])
def test_a_right_exam_has_no_problem_and_loses_nothing(messages: Any, form: str) -> None:
    sent = messages.full(form)
    made = exam(messages.envelope([sent]))
    assert made.columns["form"] == form
    assert set(problems(made).values()) <= {None}
    kept = {(part, code): value for part, code, value, _ in made.findings}
    held = {
        "HO_TEN": "full_name", "SO_CCCD": "citizen_id", "DIA_CHI": "address", "MAXA_CU_TRU": "commune_code",
        "SO_CCCD_NGUOI_DI_CUNG": "guardian_citizen_id", "SO_CCCD_NGH": "guardian_citizen_id",
    }  # fmt: skip
    for part, codes in sent:
        for code, value in codes:
            if (part, code) in kept:
                assert kept[part, code] == value
            elif code in held:
                assert made.columns[held[code]] == value
            elif code.startswith("DIEN_THOAI"):
                assert made.columns["phone"] == value
            else:
                assert code in ("NGAY_SINH", "GIOI_TINH")
    columns = made.columns
    assert columns["sex"] == 2
    assert columns["birth_precision"] == "day"
    assert columns["group_codes"] == ["6", "10"]
    assert (columns["payer_code"], columns["main_icd"], columns["code_set_version"]) == ("1", "H52.1", "QD2062")
    assert columns["concluded_at"].isoformat() == "2026-08-10T14:30:00+07:00"
    assert (columns["facility_code"], made.gln) == ("20001", "8930000000001")


def test_values_outside_the_tables_stay_and_say_what_is_wrong(messages: Any) -> None:
    wrong = dict(messages.full("18_plus"))
    wrong["XML10"] = [("CHIEU_CAO", "một mét sáu"), ("CAN_NANG", "58.00000"), ("MACH", "78"), ("LA", "x")]
    wrong["XML12"] = [("PHAN_LOAI_SK", "7"), ("KET_LUAN_BENH", "bình thường")]
    wrong["XML2"] = [(code, {"DOI_TUONG": "6;17;06", "NGUON_CHI_TRA": "8"}.get(code, value)) for code, value in wrong["XML2"]]
    made = exam(messages.envelope([list(wrong.items())]))
    found = {code: (value, problem) for _, code, value, problem in made.findings if problem}
    assert found == {
        "CHIEU_CAO": ("một mét sáu", "not_a_number"),
        "CAN_NANG": ("58.00000", "too_long"),
        "LA": ("x", "unknown_field"),
        "PHAN_LOAI_SK": ("7", "not_allowed"),
        "DOI_TUONG": ("6;17;06", "not_allowed"),
        "NGUON_CHI_TRA": ("8", "not_allowed"),
    }
    assert made.columns["result_class"] is None
    assert made.columns["payer_code"] is None
    assert made.columns["main_icd"] is None
    assert made.columns["group_codes"] == ["6"]


def test_the_code_99_is_right_where_the_table_contradicts_itself(messages: Any) -> None:
    parts = dict(messages.full("6_to_17"))
    parts["XML9"] = [("TIEM_CHUNG_CAC_LOAI_KHAC", "99"), ("TIEM_CHUNG_SOI", "99"), ("TSGD_MAC_BENH", "2")]
    assert {code: p for code, p in problems(exam(messages.envelope([list(parts.items())]))).items() if p} == {
        "TSGD_MAC_BENH": "not_allowed"
    }


def test_identity_values_that_no_column_can_hold_are_findings(messages: Any) -> None:
    made = exam(
        messages.envelope(
            [messages.adult(SO_CCCD="12345", DIEN_THOAI="gọi mẹ", MAXA_CU_TRU="597", GIOI_TINH="X", MA_THE_BHYT="?")]
        )
    )
    found = {code: problem for _, code, _, problem in made.findings if problem}
    assert found == {
        "SO_CCCD": "not_a_citizen_id",
        "DIEN_THOAI": "not_a_phone",
        "MAXA_CU_TRU": "not_a_commune_code",
        "GIOI_TINH": "not_allowed",
        "MA_THE_BHYT": "not_an_insurance_no",
    }
    for column in ("citizen_id", "phone", "commune_code", "sex", "insurance_no"):
        assert made.columns[column] is None


def test_text_is_normalised(messages: Any) -> None:
    import unicodedata

    made = exam(messages.envelope([messages.adult(HO_TEN=unicodedata.normalize("NFD", "  Hoà  Thị Thuỷ "))]))
    same = exam(messages.envelope([messages.adult(HO_TEN="HÒA THỊ THỦY")]))
    assert made.columns["full_name"] == "Hoà Thị Thuỷ"
    assert made.columns["name_key"] == same.columns["name_key"]
    assert made.columns["name_fold"] == "hoa thi thuy"


@pytest.mark.parametrize(
    ("values", "citizen_id", "guardian"),
    [
        # the child's own number beside the guardian's
        ({}, "020324000001", "020188000009"),
        # the guardian's number in the place of the child's
        ({"SO_CCCD": "020188000009"}, None, "020188000009"),
        # an adult's number, another one than the guardian's
        ({"SO_CCCD": "020188000008"}, None, "020188000009"),
        # an adult's number and no guardian's
        ({"SO_CCCD": "020188000008", "SO_CCCD_NGUOI_DI_CUNG": ""}, None, "020188000008"),
        # no number of the child
        ({"SO_CCCD": ""}, None, "020188000009"),
        # born in 2024, the number says 1924
        ({"SO_CCCD": "020124000001"}, None, "020188000009"),
    ],
)
def test_the_guardians_number_is_never_the_childs(
    messages: Any, values: dict[str, str], citizen_id: str | None, guardian: str
) -> None:
    made = exam(messages.envelope([messages.child(**values)]))
    assert made.columns["form"] == "under_6"
    assert (made.columns["citizen_id"], made.columns["guardian_citizen_id"]) == (citizen_id, guardian)


def test_a_pupil_with_the_guardians_number_has_none_and_an_adults_odd_number_stays(messages: Any) -> None:
    pupil = dict(messages.full("6_to_17"))
    pupil["XML1"] = [(code, "020188000009" if code == "SO_CCCD" else value) for code, value in pupil["XML1"]]
    columns = exam(messages.envelope([list(pupil.items())])).columns
    assert (columns["citizen_id"], columns["guardian_citizen_id"]) == (None, "020188000009")
    adult = exam(messages.envelope([messages.adult(SO_CCCD="020199000001")])).columns
    assert (adult["citizen_id"], adult["guardian_citizen_id"]) == ("020199000001", None)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"MA_LK": None}, "ma_lk_missing"),
        ({"HO_TEN": "  "}, "name_missing"),
        ({"NGAY_SINH": None}, "birth_date_invalid"),
        ({"NGAY_SINH": "31/02/1988"}, "birth_date_invalid"),
        ({"NGAY_VAO": None}, "exam_date_invalid"),
        ({"NGAY_VAO": "khong ro"}, "exam_date_invalid"),
        ({"NGAY_VAO": "202611220700"}, "exam_date_future"),
    ],
)
def test_rejects(messages: Any, values: dict[str, str | None], reason: str) -> None:
    raw = next(iter(read_envelope(messages.envelope([messages.adult(**values)]))))
    assert isinstance(raw, RawExam)
    refused = built(raw)
    assert isinstance(refused, Reject)
    assert (refused.reason_code, refused.row_number) == (reason, 1)
    assert refused.message
    assert not any(value in refused.message for value in refused.raw.values() if len(value) > 4)


def test_today_is_not_the_future(messages: Any) -> None:
    assert exam(messages.envelope([messages.adult(NGAY_VAO="202611212359")])).columns["exam_date"] == date(2026, 11, 21)


def test_a_birth_after_the_exam_is_marked(messages: Any) -> None:
    made = exam(messages.envelope([messages.adult(NGAY_SINH="202609010000")]))
    assert problems(made)["NGAY_SINH"] == "after_exam"


@pytest.mark.parametrize("wrap", ["raw", "base64"])
def test_an_insurance_claim(messages: Any, wrap: str) -> None:
    made = exam(messages.insurance(wrap=wrap, MA_THE_BHYT="DN4200123456789;TE1200123456780"))
    columns = made.columns
    assert (columns["form"], columns["code_set_version"], columns["payer_code"]) == ("TONG_HOP", "QD3176", "3")
    assert columns["concluded_at"].isoformat() == "2026-08-10T11:00:00+07:00"
    assert columns["insurance_no"] == "DN4200123456789"
    assert columns["main_icd"] == "J06.9"
    assert columns["group_codes"] == []
    found = problems(made)
    # 66 fields less the identity a column holds; both cards stay readable.
    assert len(made.findings) == 66 - 7
    assert "MA_THE_BHYT" in found
    assert "unknown_field" not in found.values()
    assert exam(messages.insurance(T_BHTT="0")).columns["payer_code"] is None


HEADINGS = [
    "STT", "Mã lượt khám", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Mã số BHYT", "Số điện thoại", "Mã xã",
    "Địa chỉ", "Ngày khám", "Phân loại sức khỏe", "Bệnh chính (ICD-10)", "Nguồn chi trả", "Đối tượng",
    "CCCD người giám hộ",
]  # fmt: skip
ROW = [
    1, "T-1", "Bế Văn Mẫu", "02/01/2014", "Nam", "020214000002", "0123456789", "0900000005", "05977", "Thôn Thử",
    "15/09/2026", "Loại II", "H52.1", 2, "11;06", "020188000009",
]  # fmt: skip


def test_a_school_list(messages: Any) -> None:
    (raw,) = read_sheet(messages.sheet(HEADINGS, [ROW]), "a.xlsx", "school")
    made = built(raw, sender="TH-01")
    assert isinstance(made, Exam)
    columns = made.columns
    assert (raw.ordinal, raw.sheet) == (2, "Danh sách")
    assert columns["facility_code"] == "TH-01"
    assert (columns["birth_date"], columns["exam_date"]) == (date(2014, 1, 2), date(2026, 9, 15))
    assert (columns["result_class"], columns["main_icd"], columns["payer_code"]) == (2, "H52.1", "2")
    assert columns["group_codes"] == ["6", "11"]
    assert (columns["citizen_id"], columns["guardian_citizen_id"]) == ("020214000002", "020188000009")
    assert (columns["form"], columns["code_set_version"]) == ("sheet", "QD2062")
    assert set(problems(made).values()) <= {None}


def test_group_codes_of_a_list_belong_to_the_decision_in_force(messages: Any) -> None:
    row = [*ROW[:10], "06/07/2026", *ROW[11:]]
    made = built(next(iter(read_sheet(messages.sheet(HEADINGS, [row]), "a.xlsx", "school"))))
    assert isinstance(made, Exam)
    assert made.columns["code_set_version"] == "QD1551"


def test_other_headings_and_order_and_a_list_that_is_none(messages: Any) -> None:
    headings = ["Ngày KSK", "Họ tên", "Năm sinh", "MA_LK", "Xếp loại sức khỏe"]
    (raw,) = read_sheet(messages.sheet(headings, [["15/09/2026", "A B", "2014", "T-9", "V"]]), "a.xlsx", "school")
    made = built(raw)
    assert isinstance(made, Exam)
    assert (made.columns["birth_precision"], made.columns["result_class"]) == ("year", 5)
    with pytest.raises(FileRefused):
        list(read_sheet(messages.sheet(["Một", "Hai"], [[1, 2]]), "a.xlsx", "school"))


def test_what_was_measured_in_a_school_is_kept_in_the_terms_of_the_decision(messages: Any) -> None:
    columns: list[tuple[str, str, Any]] = [
        ("TT", "", 1), ("Mã lượt", "", "T-1"), ("Họ tên HS", "", "Nông Văn Thử"), ("NTNS", "", "5/3/2014"),
        ("Dân tộc", "", "Nùng"),
        ("Lớp", "", "6A"), ("Ngày KSK", "", "15/9/2026"), ("Thể lực", "Chiều cao (cm)", "145,5"), ("", "Cân nặng", 38),
        ("Mắt", "Phải", "10/10"), ("", "Trái", "8/10"), ("", "Kết luận", "Khỏe"), ("Xếp loại SK", "", "Loại II"),
        ("Bệnh tật", "", "Cận thị"),
    ]  # fmt: skip
    above, under, row = zip(*columns, strict=True)
    (raw,) = read_sheet(messages.sheet(above, [under, row]), "a.xlsx", "school")
    assert raw.leaves == [
        ("XML2", "MA_LK", "T-1"), ("XML1", "HO_TEN", "Nông Văn Thử"), ("XML1", "NGAY_SINH", "5/3/2014"),
        ("XML1", "MA_DAN_TOC", "07"), ("SHEET", "unit", "6A"), ("XML2", "NGAY_VAO", "15/9/2026"),
        ("XML10", "CHIEU_CAO", "145.5"), ("XML10", "CAN_NANG", "38"), ("XML7", "KHONG_KINH_MAT_PHAI", "10/10"),
        ("XML7", "KHONG_KINH_MAT_TRAI", "8/10"), ("XML12", "PHAN_LOAI_SK", "2"), ("XML12", "CAC_BENH_TAT_NEU_CO", "Cận thị"),
        # Not the conclusion of the exam, and no field that there is.
        ("SHEET", "COT_L", "Mắt – Kết luận: Khỏe"),
    ]  # fmt: skip
    made = built(raw)
    assert isinstance(made, Exam)
    assert {code: problem for code, problem in problems(made).items() if problem} == {"COT_L": "unknown_heading"}


def test_every_column_of_a_list_has_a_field_of_the_decision() -> None:
    with (settings.include() / "exams" / "sheet_fields.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # The insurance card stands in claims only.
    lacking = {row["code"] for row in rows if tables().find("18_plus", row["part"], row["code"]) is None}
    assert lacking == {"MA_THE_BHYT", "SO_CCCD_NGH"}
    with (settings.include() / "intake" / "exam.yaml").open(encoding="utf-8") as file:
        columns = yaml.safe_load(file)["columns"]
    assert columns.keys() - {row["column"] for row in rows} == {"stt", "unit", "job", "note"}


def test_a_list_has_no_time_so_the_exam_ends_with_its_day(messages: Any) -> None:
    made = built(next(iter(read_sheet(messages.sheet(HEADINGS, [ROW]), "a.xlsx", "school"))))
    assert isinstance(made, Exam)
    assert made.columns["concluded_at"].isoformat() == "2026-09-15T23:59:59+07:00"
    timed = [*ROW[:10], "15/09/2026 08:30", *ROW[11:]]
    made = built(next(iter(read_sheet(messages.sheet(HEADINGS, [timed]), "a.xlsx", "school"))))
    assert isinstance(made, Exam)
    assert made.columns["concluded_at"].isoformat() == "2026-09-15T08:30:00+07:00"
    # An XML says when, even when it says midnight.
    assert exam(messages.envelope([messages.adult(NGAY_VAO="202608130000")])).columns["concluded_at"].hour == 0


@pytest.mark.parametrize("born", ["02/01/2025", "2025", "02/01/2014", "02/01/1980"])
def test_a_list_has_no_unknown_field_at_any_age(messages: Any, born: str) -> None:
    row = [*ROW[:3], born, ROW[4], "", *ROW[6:]]
    made = built(next(iter(read_sheet(messages.sheet(HEADINGS, [row]), "a.xlsx", "school"))))
    assert isinstance(made, Exam)
    assert {"PHAN_LOAI_SK", "KET_LUAN_BENH"} <= problems(made).keys()
    assert set(problems(made).values()) == {None}


def test_an_exam_sent_for_another_facility_is_kept_and_says_so(messages: Any) -> None:
    made = exam(messages.envelope([messages.adult()]), sender="20009")
    assert made.columns["facility_code"] == "20001"
    assert {code: problem for code, problem in problems(made).items() if problem} == {"MA_CSKCB": "other_facility"}
    assert problems(exam(messages.envelope([messages.adult()])))["MA_CSKCB"] is None
    assert problems(exam(messages.insurance(), sender="20001"))["MA_CSKCB"] == "other_facility"
