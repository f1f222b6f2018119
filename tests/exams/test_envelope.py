"""Reading the official XML: all wrappings, everything unsafe refused."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from sangloc.exams.envelope import RawExam, Signature, UnreadableFileError
from sangloc.exams.reader import read_message as read_envelope
from sangloc.exams.record import Exam, build

FORMS = ("under_6", "6_to_17", "18_plus")


def exams(content: bytes) -> list[RawExam]:
    return [record for record in read_envelope(content) if isinstance(record, RawExam)]


@pytest.mark.parametrize("wrap", ["raw", "declared", "cdata", "base64"])
@pytest.mark.parametrize("form", FORMS)
def test_every_field_comes_back_whatever_the_wrapping(messages: Any, form: str, wrap: str) -> None:
    sent = [(part, code, value) for part, codes in messages.full(form) for code, value in codes]
    assert {(row["part"], row["code"]) for row in messages.fields(form)} == {leaf[:2] for leaf in sent}
    (read,) = exams(messages.envelope([messages.full(form)], wrap))
    assert read.leaves == sent
    assert (read.made_on, read.facility, read.ordinal) == ("20260814", "8930000000001", 1)


def test_declarations_are_dropped_at_any_place_of_a_long_file(messages: Any) -> None:
    many = [messages.adult(f"A-{number}", DIA_CHI="x" * (number % 97)) for number in range(1500)]
    content = messages.envelope(many, "declared")
    assert len(content) > 5 * (1 << 16)
    assert [{code: value for _, code, value in exam.leaves}["MA_LK"] for exam in exams(content)] == [
        f"A-{number}" for number in range(1500)
    ]


def test_byte_order_mark_comments_namespaces_and_nested_lists(messages: Any) -> None:
    content = messages.envelope([messages.adult()]).decode()
    content = content.replace("145/92", "145<!-- tay phải -->/92").replace(
        "</KET_LUAN>", "<DANH_SACH_CLS><CHI_TIET_CLS><GIA_TRI>5.1</GIA_TRI></CHI_TIET_CLS></DANH_SACH_CLS></KET_LUAN>"
    )
    content = content.replace("<KHAMSUCKHOE>", '<KHAMSUCKHOE xmlns="urn:x">')
    (read,) = exams(b"\xef\xbb\xbf" + content.encode())
    assert ("XML10", "HUYET_AP", "145/92") in read.leaves
    assert read.leaves[-1] == ("XML12", "GIA_TRI", "5.1")


def test_signatures_come_last_and_whole(messages: Any) -> None:
    seal = (
        "<CHUKYDONVI><CKS_NGUOI_KET_LUAN>TUFV</CKS_NGUOI_KET_LUAN><CKS_BENH_VIEN><Signature><A>1</A></Signature>"
        "</CKS_BENH_VIEN></CHUKYDONVI>"
    )
    *_, last = read_envelope(messages.envelope([messages.adult()], signature=seal))
    assert isinstance(last, Signature)
    assert last.leaves[0] == ("CHUKYDONVI", "CKS_NGUOI_KET_LUAN", "TUFV")
    assert last.leaves[1][2] == "<CKS_BENH_VIEN><Signature><A>1</A></Signature></CKS_BENH_VIEN>"


def test_a_part_that_is_neither_xml_nor_base64_is_kept_as_it_came(messages: Any) -> None:
    content = messages.envelope([messages.adult()]).decode()
    start, end = content.index("<KHAM_THE_LUC>"), content.index("</KHAM_THE_LUC>") + len("</KHAM_THE_LUC>")
    (read,) = exams((content[:start] + "%% hỏng %%" + content[end:]).encode())
    assert read.unreadable == [("XML10", "%% hỏng %%")]
    assert ("XML12", "PHAN_LOAI_SK", "3") in read.leaves


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "definition",
    [
        '<!DOCTYPE KHAMSUCKHOE [<!ENTITY x SYSTEM "file://{secret}">]>',
        '<!DOCTYPE KHAMSUCKHOE [<!ENTITY % x SYSTEM "file://{secret}"> %x;]>',
        '<!DOCTYPE KHAMSUCKHOE [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]>',
        '<!DOCTYPE KHAMSUCKHOE SYSTEM "http://127.0.0.1:{port}/x.dtd">',
        '<!DOCTYPE KHAMSUCKHOE PUBLIC "-//x" "file://{secret}">',
        '<!DOCTYPE KHAMSUCKHOE [<!ENTITY l0 "ha">' + LAUGHS + '<!ENTITY x "&l11;">]>',
        "<!DOCTYPE KHAMSUCKHOE>",
    ],
)
@pytest.mark.parametrize("inside", ["", "base64", "cdata"])
def test_document_types_and_entities_are_refused_without_reading_anything(
    messages: Any, tmp_path: Path, definition: str, inside: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("<!ENTITY y 'bí mật'>")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.1)
        definition = definition.replace("{secret}", str(secret)).replace("{port}", str(listener.getsockname()[1]))
        if inside:
            part = f"{definition.replace('KHAMSUCKHOE', 'KHAM_THE_LUC')}<KHAM_THE_LUC><MACH>&x;</MACH></KHAM_THE_LUC>"
            part = base64.b64encode(part.encode()).decode() if inside == "base64" else f"<![CDATA[{part}]]>"
            content = messages.envelope([messages.adult()]).decode()
            start, end = content.index("<KHAM_THE_LUC>"), content.index("</KHAM_THE_LUC>") + len("</KHAM_THE_LUC>")
            content = content[:start] + part + content[end:]
        else:
            content = messages.envelope([messages.adult(DIA_CHI="@")]).decode().replace("@", "&x;")
            content = content.replace("<KHAMSUCKHOE>", f"{definition}<KHAMSUCKHOE>", 1)
        with pytest.raises(UnreadableFileError) as refusal:
            exams(content.encode())
        # Some are already not well-formed to the parser; either way nothing of it gets in.
        assert refusal.value.reason in ("xml_dtd", "xml_invalid")
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "xml_invalid"),
        (b"not xml", "xml_invalid"),
        (b"<KHAMSUCKHOE><THONGTINDONVI>", "xml_invalid"),
        (b"<TREN_19><HO_TEN>A</HO_TEN></TREN_19>", "format_unknown"),
        (b"<KHAMSUCKHOE>&nbsp;</KHAMSUCKHOE>", "xml_invalid"),
        ("<KHAMSUCKHOE>Nguyễn</KHAMSUCKHOE>".encode("cp1258", "replace") + b"\xff", "xml_invalid"),
    ],
)
def test_unreadable_files_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        list(read_envelope(content))
    assert refusal.value.reason == reason


def test_a_file_cut_off_is_refused_even_behind_good_exams(messages: Any) -> None:
    content = messages.envelope([messages.adult(f"A-{n}") for n in range(3)])
    with pytest.raises(UnreadableFileError):
        list(read_envelope(content[:-20]))


def test_deep_nesting_is_refused(messages: Any) -> None:
    content = messages.envelope([messages.adult(DIA_CHI="@")]).decode().replace("@", "<a>" * 5000 + "</a>" * 5000)
    with pytest.raises(UnreadableFileError):
        list(read_envelope(content.encode()))


@pytest.mark.parametrize("wrap", ["raw", "declared", "base64"])
def test_the_content_hash_does_not_depend_on_the_wrapping(messages: Any, wrap: str) -> None:
    from sangloc import clock

    def built(content: bytes) -> Exam:
        (raw,) = exams(content)
        exam = build(raw, sender="s", today=clock.today(), received=clock.now())
        assert isinstance(exam, Exam)
        return exam

    one = built(messages.envelope([messages.adult()], "cdata", made="20260815"))
    assert built(messages.envelope([messages.adult()], wrap)).columns["content_hash"] == one.columns["content_hash"]
    other = built(messages.envelope([messages.adult(HUYET_AP="145/93")], wrap))
    assert other.columns["content_hash"] != one.columns["content_hash"]


NAMED = "<THONG_TIN_HANH_CHINH><HO_TEN>NÔNG VĂN THỬ</HO_TEN></THONG_TIN_HANH_CHINH>"


@pytest.mark.parametrize(
    "content",
    [
        NAMED.encode("utf-16"),
        NAMED.encode("utf-16-le"),
        f'<?xml version="1.0" encoding="UTF-16"?>{NAMED}'.encode("utf-16"),
        b"\xef\xbb\xbf" + NAMED.encode(),
        base64.b64encode(NAMED.encode()),
        base64.b64encode(base64.b64encode(NAMED.encode("utf-16"))),
        '{"ho_ten": "NÔNG VĂN THỬ"}'.encode("utf-16"),
    ],
)
def test_a_part_may_be_base64_of_other_encodings_and_of_base64(content: bytes) -> None:
    file = f"<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>{base64.b64encode(content).decode()}</NOIDUNGFILE></FILEHOSO>"
    message = f"<KHAMSUCKHOE><THONGTINHOSO><DANHSACHHOSO><HOSO>{file}</HOSO></DANHSACHHOSO></THONGTINHOSO></KHAMSUCKHOE>"
    (exam,) = read_envelope(message.encode())
    assert isinstance(exam, RawExam)
    assert (exam.leaves, exam.unreadable) == ([("XML1", "HO_TEN", "NÔNG VĂN THỬ")], [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("said", ["UTF-8", "UTF-16", ""])
def test_a_file_in_utf_16_with_declared_parts(messages: Any, encoding: str, said: str) -> None:
    text = messages.envelope([messages.adult()], "declared").decode()
    text = text.replace("UTF-8", said, 1) if said else text.partition("\n")[2]
    assert list(read_envelope(text.encode(encoding))) == list(read_envelope(messages.envelope([messages.adult()])))


@pytest.mark.parametrize("count", ["2", "0", ""])
def test_exams_that_stand_elsewhere_are_not_overlooked(messages: Any, count: str) -> None:
    text = messages.envelope([messages.adult(), messages.adult("A-2")]).decode()
    text = text.replace("<DANHSACHHOSO>", "").replace("</DANHSACHHOSO>", "").replace("ONGHOSO>2<", f"ONGHOSO>{count}<")
    listed = json.dumps({"khamsuckhoe": {"thongtinhoso": {"hoso": [{}], "soluonghoso": count}}})
    for content in (text.encode(), listed.encode(), json.dumps({"data": base64.b64encode(text.encode()).decode()}).encode()):
        if count == "2":
            with pytest.raises(UnreadableFileError) as refusal:
                list(read_envelope(content))
            assert refusal.value.reason == "exams_not_found"
        else:
            # A day without exams.
            assert list(read_envelope(content)) == []
