"""JSON: the twin of the XML, documents of QĐ 1551, and the request a message is sent in."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from sangloc import clock
from sangloc.exams.envelope import RawExam, Signature, UnreadableFileError
from sangloc.exams.reader import read_message
from sangloc.exams.record import Exam, build
from sangloc.exams.writer import write_xml

PERSON = {"HO_TEN": "HOÀNG THỊ THÍ DỤ", "NGAY_SINH": "198805200000", "SO_CCCD": "020188000005", "GIOI_TINH": 2}
VISIT = {"MA_LK": "J-1", "MA_CSKCB": "20001", "DOI_TUONG": "5;14", "NGAY_VAO": "202608130915"}
RESULTS = [{"MA_CHI_SO": "GLU", "GIA_TRI": 5.10, "MO_TA": None}, {"MA_CHI_SO": "HGB", "GIA_TRI": "135"}]
EXPECTED = [
    *(("XML1", code, str(value)) for code, value in PERSON.items()),
    *(("XML2", code, value) for code, value in VISIT.items()),
    ("XML11", "MA_CHI_SO", "GLU"), ("XML11", "GIA_TRI", "5.1"), ("XML11", "MA_CHI_SO", "HGB"), ("XML11", "GIA_TRI", "135"),
]  # fmt: skip


def files(wrap: str) -> list[dict[str, Any]]:
    parts = [
        ("XML1", "THONG_TIN_HANH_CHINH", PERSON), ("XML2", "THONG_TIN_CHUNG_VE_LAN_KHAM", VISIT),
        ("XML11", "KHAM_CAN_LAM_SANG", RESULTS),
    ]  # fmt: skip
    made = []
    for number, tag, fields in parts:
        content: Any = {tag.lower(): fields} if wrap == "tagged" else fields
        if wrap in ("text", "base64"):
            content = json.dumps(content)
        if wrap == "base64":
            content = base64.b64encode(content.encode()).decode()
        made.append({"loaihoso": number, "noidungfile": content})
    return made


def envelope(wrap: str = "object", hoso: Any = None, root: str = "khamsuckhoe") -> dict[str, Any]:
    one = {"filehoso": files(wrap)}
    return {
        root: {
            "thongtindonvi": {"macskcb": "8930000000001"},
            "thongtinhoso": {
                "ngaylap": "20260814", "soluonghoso": 1, "danhsachhoso": hoso or {"hoso": [one]},
            },
            "chukydonvi": {"cks_nguoi_ket_luan": "TUFV", "cks_benh_vien": ""},
        }
    }  # fmt: skip


def records(value: Any) -> list[Any]:
    content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return list(read_message(content))


@pytest.mark.parametrize("wrap", ["object", "tagged", "text", "base64"])
def test_every_wrapping_of_a_part_says_the_same(wrap: str) -> None:
    exam, signature = records(envelope(wrap))
    assert exam.leaves == EXPECTED
    assert (exam.facility, exam.made_on, exam.unreadable) == ("8930000000001", "20260814", [])
    assert signature == Signature([("CHUKYDONVI", "CKS_NGUOI_KET_LUAN", "TUFV")])


def test_shapes_of_the_list_names_in_capitals_and_encodings() -> None:
    one = {"FILEHOSO": files("object")}
    for hoso in ({"HOSO": one}, {"hoso": [one, one]}, [one], [{"HOSO": one}]):
        for exam in records(envelope(hoso=hoso, root="KHAMSUCKHOE"))[:-1]:
            assert exam.leaves == EXPECTED
    text = json.dumps(envelope(), ensure_ascii=False)
    for encoding in ("utf-8-sig", "utf-16"):
        assert records(text.encode(encoding))[0].leaves == EXPECTED


def test_a_part_that_cannot_be_read_stays_as_it_came() -> None:
    broken = envelope()
    broken["khamsuckhoe"]["thongtinhoso"]["danhsachhoso"]["hoso"][0]["filehoso"].append(
        {"loaihoso": "XML12", "noidungfile": "%% hỏng \x00 %%"}
    )
    exam = records(broken)[0]
    assert exam.leaves == EXPECTED
    assert exam.unreadable == [("XML12", "%% hỏng  %%")]


@pytest.mark.parametrize("escape", ["none", "slash", "unicode", "lines"])
def test_the_request_holds_xml_or_json_in_base64(messages: Any, escape: str) -> None:
    xml = messages.envelope([messages.adult(f"A-{number}") for number in range(300)])
    for content, count in ((xml, 300), (json.dumps(envelope()).encode(), 1)):
        data = base64.b64encode(content).decode()
        text = json.dumps(data)
        if escape == "slash":
            text = text.replace("/", "\\/")
        elif escape == "unicode":
            text = text.replace("+", "\\u002B").replace("=", "\\u003d")
        elif escape == "lines":
            text = json.dumps("\n".join(data[at : at + 76] for at in range(0, len(data), 76)))
        request = f'{{"header":{{"msg_type":"101","data_type":"xml/base64"}},"data":{text},"signature":"0A"}}'.encode()
        found = [record for record in records(request) if isinstance(record, RawExam)]
        assert [record.ordinal for record in found] == list(range(1, count + 1))
        # Whatever pieces it comes in.
        assert [record.leaves for record in read_message(Dripping(request)) if isinstance(record, RawExam)] == [
            record.leaves for record in found
        ]
        assert len(records(b'{"fileName":"a","fileContent":' + text.encode() + b"}")) == len(records(request))
        assert len(records(b'{"data":{"file_content":' + text.encode() + b"}}")) == len(records(request))


class Dripping(io.BytesIO):
    """Gives 1,000 bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(1000, size or 0))


def document(**more: Any) -> dict[str, Any]:
    return {
        "thong_tin_hanh_chinh": {**{code.lower(): value for code, value in PERSON.items()}, "doi_tuong": "14"},
        "thong_tin_chung_ve_lan_kham": {"ma_lk": "D-1", "ma_cskcb": "20001", "ngay_vao": "2026-06-20"},
        "kham_lam_sang": {"noi_khoa": {"noi_khoa_tuan_hoan": "Bình thường", "noi_khoa_tuan_hoan_pl": 1}},
        **more,
    }


def test_a_document_of_qd_1551_is_the_same_in_xml_and_json() -> None:
    exam, again = records([{"tren_18": document()}, {"TREN_18": document(signatures=[{"protected": "e30"}])}])
    xml = (
        "<TREN_18><THONG_TIN_HANH_CHINH><HO_TEN>HOÀNG THỊ THÍ DỤ</HO_TEN><NGAY_SINH>198805200000</NGAY_SINH>"
        "<SO_CCCD>020188000005</SO_CCCD><GIOI_TINH>2</GIOI_TINH><DOI_TUONG>14</DOI_TUONG></THONG_TIN_HANH_CHINH>"
        "<THONG_TIN_CHUNG_VE_LAN_KHAM><MA_LK>D-1</MA_LK><MA_CSKCB>20001</MA_CSKCB><NGAY_VAO>2026-06-20</NGAY_VAO>"
        "</THONG_TIN_CHUNG_VE_LAN_KHAM><KHAM_LAM_SANG/><NOI_KHOA><NOI_KHOA_TUAN_HOAN>Bình thường</NOI_KHOA_TUAN_HOAN>"
        "<NOI_KHOA_TUAN_HOAN_PL>1</NOI_KHOA_TUAN_HOAN_PL></NOI_KHOA></TREN_18>"
    )
    (twin,) = records(xml.encode())
    assert twin.leaves == exam.leaves == again.leaves
    assert (twin.form, exam.form, twin.signatures) == ("1551_02", "1551_02", [])
    assert again.signatures == [("CHUKYDONVI", "SIGNATURES", '[{"protected": "e30"}]')]
    made = build(exam, sender="20001", today=clock.today(), received=clock.now())
    assert isinstance(made, Exam)
    # A day without a time ends with its last second; code 14 is that of QĐ 1551.
    assert made.columns["concluded_at"].isoformat() == "2026-06-20T23:59:59+07:00"
    assert (made.columns["code_set_version"], made.columns["group_codes"]) == ("QD1551", ["14"])
    assert {problem for _, _, _, problem in made.findings} == {None}


def test_one_code_means_what_its_form_says(messages: Any) -> None:
    def problem(root: str, code: str, value: str) -> str | None:
        (exam,) = records({root: {**document(), "kham": {code: value}}})
        made = build(exam, sender="20001", today=clock.today(), received=clock.now())
        assert isinstance(made, Exam)
        return {found: what for _, found, _, what in made.findings}[code]

    assert problem("mau_1_ksk_tre_0_duoi_2_thang", "MAU_SAC_DA", "5") is None
    assert problem("MAU_8_KSK_CHO_TRE_2_DUOI_6_T", "MAU_SAC_DA", "5") == "not_allowed"
    assert problem("mau_1_ksk_tre_0_duoi_2_thang", "DAN_TOC", "01") == "old_name"
    assert problem("tren_18", "DOI_TUONG_KHAC", "x") == "unknown_field"
    (exam,) = records({"tren_18": {**document(), "thong_tin_hanh_chinh": {**PERSON, "doi_tuong": "6;16"}}})
    made = build(exam, sender="20001", today=clock.today(), received=clock.now())
    assert isinstance(made, Exam)
    # QĐ 1551 has one code, to 14: what is understood is kept beside what is wrong.
    assert made.columns["group_codes"] == ["6"]
    assert ("THONG_TIN_HANH_CHINH", "DOI_TUONG", "6;16", "not_allowed") in made.findings


RAILWAY = (
    "<DUONG_SAT><HO_TEN>HOÀNG THỊ THÍ DỤ</HO_TEN><NGAY_SINH>198805200000</NGAY_SINH><SO_CCCD>020188000005</SO_CCCD>"
    "<GIOI_TINH>2</GIOI_TINH><CHUC_DANH>Trưởng tàu</CHUC_DANH><DOI_TUONG>13</DOI_TUONG><NGUON_KINH_PHI>4</NGUON_KINH_PHI>"
    "<THONG_TIN_CHUNG_VE_CO_SO_KHAM_SUC_KHOE><MA_LK>D-1</MA_LK><MA_CSKCB>20001</MA_CSKCB><NGAY_VAO>202606200900</NGAY_VAO>"
    "</THONG_TIN_CHUNG_VE_CO_SO_KHAM_SUC_KHOE><KHAM_LAM_SANG/><TOAN_THAN><MACH>78</MACH></TOAN_THAN><NGOAI_KHOA_DA_LIEU>"
    "<KQ_DA_LIEU>Bình thường</KQ_DA_LIEU><TIET_NIEU_SINH_DUC><KQ_TIET_NIEU>Bình thường</KQ_TIET_NIEU></TIET_NIEU_SINH_DUC>"
    "</NGOAI_KHOA_DA_LIEU><KET_LUAN><PHAN_LOAI_SK>2</PHAN_LOAI_SK></KET_LUAN><NGAY_KET_LUAN><NGAY_KET_LUAN>202606221500"
    "</NGAY_KET_LUAN></NGAY_KET_LUAN><NGUOI_KET_LUAN><CKS_NGUOI_KET_LUAN>TUFV</CKS_NGUOI_KET_LUAN></NGUOI_KET_LUAN></DUONG_SAT>"
)


def test_the_railway_form_has_its_person_under_the_root() -> None:
    """The shape of the decision's samples (appendix 2, 5.4), in which one section lies in another."""
    person = {code.lower(): value for code, value in PERSON.items()}
    in_json = {
        "duong_sat": {
            "ho_ten": person["ho_ten"], "ngay_sinh": person["ngay_sinh"], "so_cccd": person["so_cccd"], "gioi_tinh": 2,
            "chuc_danh": "Trưởng tàu", "doi_tuong": "13", "nguon_kinh_phi": "4",
            "thong_tin_chung_ve_co_so_kham_suc_khoe": {"ma_lk": "D-1", "ma_cskcb": "20001", "ngay_vao": "202606200900"},
            "kham_lam_sang": {"toan_than": {"mach": "78"}},
            "ngoai_khoa_da_lieu": {"kq_da_lieu": "Bình thường", "tiet_nieu_sinh_duc": {"kq_tiet_nieu": "Bình thường"}},
            "ket_luan": {"phan_loai_sk": "2"}, "ngay_ket_luan": {"ngay_ket_luan": "202606221500"},
            "nguoi_ket_luan": {"cks_nguoi_ket_luan": "TUFV"},
        }
    }  # fmt: skip
    (exam,), (twin,) = records(RAILWAY.encode()), records(in_json)
    assert (exam.leaves, exam.signatures) == (twin.leaves, twin.signatures)
    made = build(exam, sender="20001", today=clock.today(), received=clock.now())
    assert isinstance(made, Exam)
    columns = made.columns
    assert (columns["form"], columns["citizen_id"], columns["group_codes"]) == ("1551_04", "020188000005", ["13"])
    assert columns["held_codes"] == ["HO_TEN", "NGAY_SINH", "SO_CCCD", "GIOI_TINH"]
    assert columns["concluded_at"].isoformat() == "2026-06-22T15:00:00+07:00"
    assert ("TIET_NIEU_SINH_DUC", "KQ_TIET_NIEU", "Bình thường", None) in made.findings
    assert {problem for _, _, _, problem in made.findings} == {None}
    # Whoever puts the person into the section of the other forms is understood and checked too.
    identity = RAILWAY.index("<THONG_TIN_CHUNG")
    section = f"<THONG_TIN_HANH_CHINH>{RAILWAY[11:identity].replace('020188000005', '1')}</THONG_TIN_HANH_CHINH>"
    (moved,) = records(f"<DUONG_SAT>{section}{RAILWAY[identity:]}".encode())
    again = build(moved, sender="20001", today=clock.today(), received=clock.now())
    assert isinstance(again, Exam)
    assert again.columns["name_key"] == columns["name_key"]
    assert [finding for finding in again.findings if finding[3]] == [
        ("THONG_TIN_HANH_CHINH", "SO_CCCD", "1", "not_a_citizen_id")
    ]


def test_a_seafarers_examiners_all_sign() -> None:
    """Twenty-three signatures of one name in one section stay in their places."""
    fields = [("TIM_MACH", "Bình thường"), ("CKS_NGUOI_KHAM", "A"), ("HO_HAP", "Bình thường"), ("CKS_NGUOI_KHAM", "B")]
    body = "".join(f"<{code}>{value}</{code}>" for code, value in fields)
    blood = "<NHOM_MAU>O</NHOM_MAU><HIV>9</HIV><HBSAG>2</HBSAG><KHAM_MAT>Bình thường</KHAM_MAT>"
    visit = "<HO_TEN>A</HO_TEN><NGAY_SINH>1988</NGAY_SINH><MA_LK>T</MA_LK><NGAY_VAO>20260620</NGAY_VAO>"
    (exam,) = records(f"<THUYEN_VIEN><X>{visit}</X><KHAM_LAM_SANG>{body}{blood}</KHAM_LAM_SANG></THUYEN_VIEN>".encode())
    assert exam.leaves[4:8] == [("KHAM_LAM_SANG", *field) for field in fields]
    made = build(exam, sender="20001", today=clock.today(), received=clock.now())
    assert isinstance(made, Exam)
    assert {code: what for _, code, _, what in made.findings if what} == {"HBSAG": "not_allowed"}


def test_a_pupils_parents_are_the_guardians() -> None:
    parents = {"so_cccd_ngh_bo": "020086000008", "so_cccd_ngh_me": "020188000009", "dien_thoai_ngh_me": "0900000003"}
    person = {"ho_ten": "HOÀNG THỊ THÍ DỤ", "ngay_sinh": "201505200000", "gioi_tinh": "2", **parents}
    (exam,) = records({"mau_15": {**document(), "thong_tin_hanh_chinh": person}})
    made = build(exam, sender="20001", today=clock.today(), received=clock.now())
    assert isinstance(made, Exam)
    columns = made.columns
    assert (columns["form"], columns["citizen_id"], columns["guardian_citizen_id"]) == ("1551_15", None, "020188000009")
    assert (columns["phone"], columns["sex"]) == ("0900000003", 2)
    # The other parent's number stays beside.
    assert ("THONG_TIN_HANH_CHINH", "SO_CCCD_NGH_BO", "020086000008", None) in made.findings


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "json_invalid"),
        (b"[]x", "json_invalid"),
        (b"{}", "format_unknown"),
        (b"[1]", "format_unknown"),
        (b'{"a":1}', "format_unknown"),
        (b'{"khamsuckhoe":{"thongtinhoso":{"danhsachhoso":{"hoso":[{"filehoso":[', "json_invalid"),
        (b'{"khamsuckhoe":{}} x', "json_invalid"),
        (b'{"data":"%%%%"}', "base64_invalid"),
        (b'{"data":"QUJD', "json_invalid"),
        (b'{"data":"QUJD"}', "xml_invalid"),
        (b'{"data":5}', "format_unknown"),
        ('{"khamsuckhoe":"ắ"}'.encode("utf-16-le"), "json_invalid"),
        (b'{"khamsuckhoe":{"a":"\xff\xfe"}}', "json_invalid"),
        (b'{"data":"' + base64.b64encode(b"<!DOCTYPE KHAMSUCKHOE><KHAMSUCKHOE/>") + b'"}', "xml_dtd"),
    ],
)
def test_json_that_is_no_message_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        records(content)
    assert refusal.value.reason == reason


def test_a_list_of_codes_is_kept() -> None:
    part = {"doi_tuong": ["6", 10], "tien_su": [["A", None], "B"], "rong": [], "nhom": [{"ma_lk": "K-1"}]}
    message = {"khamsuckhoe": {"thongtinhoso": {"danhsachhoso": {"hoso": {"loaihoso": "XML2", "noidungfile": part}}}}}
    (exam,) = read_message(json.dumps(message).encode())
    assert isinstance(exam, RawExam)
    assert exam.leaves == [("XML2", "DOI_TUONG", "6;10"), ("XML2", "TIEN_SU", "A;B"), ("XML2", "MA_LK", "K-1")]
    (document,) = read_message(b'{"tren_18": {"thong_tin_hanh_chinh": {"doi_tuong": [6, 10]}}}')
    assert isinstance(document, RawExam)
    assert document.leaves == [("THONG_TIN_HANH_CHINH", "DOI_TUONG", "6;10")]


def test_a_name_that_no_tag_can_have_becomes_one() -> None:
    part = {"a><ho_ten>b</ho_ten": "1", "": "2", "1x": "3", "k" * 1000: "4"}
    message = {"khamsuckhoe": {"thongtinhoso": {"danhsachhoso": {"hoso": {"loaihoso": "XML1", "noidungfile": part}}}}}
    (exam,) = read_message(json.dumps(message).encode())
    assert isinstance(exam, RawExam)
    assert [code for _, code, _ in exam.leaves] == ["A__HO_TEN_B__HO_TEN", "_", "_1X", "K" * 255]
    (again,) = [one for one in read_message(write_xml([exam])) if isinstance(one, RawExam)]
    assert again.leaves == exam.leaves
