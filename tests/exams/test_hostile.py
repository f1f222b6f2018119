"""What is sent to harm: refused clearly, in bounded time and memory; and whatever else, never a crash."""

from __future__ import annotations

import base64
import io
import itertools
import json
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sangloc import clock
from sangloc.exams.envelope import RawExam, UnreadableFileError
from sangloc.exams.reader import read_message
from sangloc.exams.record import build
from sangloc.exams.sheet import read_sheet
from sangloc.intake import FileRefused, Reject

HEAD = b"<KHAMSUCKHOE><THONGTINHOSO><DANHSACHHOSO><HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>"
TAIL = b"</NOIDUNGFILE></FILEHOSO></HOSO></DANHSACHHOSO></THONGTINHOSO></KHAMSUCKHOE>"
JSON_HEAD = b'{"khamsuckhoe":{"thongtinhoso":{"danhsachhoso":{"hoso":['
MANY = 10_000_000
# What one bad file may cost: far less than its own size made into objects.
MOST_SECONDS = 8.0
MOST_MEGABYTES = 250


class Endless:
    """A source made of pieces, so that the test itself holds no file of a gigabyte."""

    def __init__(self, head: bytes, piece: bytes, times: int, tail: bytes = b"") -> None:
        self._pieces: Iterator[bytes] = iter([head, *[piece * 1000] * (times // 1000), tail])
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


LAUGHS = "<!DOCTYPE KHAMSUCKHOE [" + '<!ENTITY a "ha">' + '<!ENTITY b "&a;&a;&a;&a;">' * 1 + "]><KHAMSUCKHOE>&b;</KHAMSUCKHOE>"

ATTACKS: dict[str, tuple[Callable[[], Any], set[str]]] = {
    "ten million nested elements": (lambda: Endless(HEAD, b"<a>", MANY), {"xml_invalid"}),
    "ten million nested roots": (lambda: Endless(b"<a>", b"<a>", MANY), {"format_unknown", "xml_invalid"}),
    "ten million elements side by side": (lambda: Endless(HEAD, b"<a/>", MANY, TAIL), {"record_too_large"}),
    "ten million attributes": (lambda: Endless(HEAD + b"<a ", b'b="" ', MANY), {"xml_invalid", "record_too_large"}),
    "a text without end": (lambda: Endless(HEAD, b"x" * 100, MANY), {"xml_invalid", "record_too_large"}),
    "Base64 without end": (lambda: Endless(HEAD, b"QUFB" * 25, MANY), {"xml_invalid", "record_too_large"}),
    "a comment without end": (lambda: Endless(HEAD + b"<!--", b"x" * 100, MANY), {"xml_invalid", "record_too_large"}),
    "nothing but spaces": (lambda: Endless(b"", b" " * 100, MANY), {"xml_invalid"}),
    "a document without end": (lambda: Endless(b"<TREN_18>", b"<A>1</A>", MANY), {"record_too_large"}),
    "an entity bomb": (lambda: LAUGHS.encode(), {"xml_dtd"}),
    "UTF-16 with UTF-8 inside": (lambda: b"\xff\xfe" + HEAD, {"xml_invalid"}),
    "an unknown encoding": (lambda: b'<?xml version="1.0" encoding="x-no"?>' + HEAD + TAIL, {"xml_invalid"}),
    "ten million nested lists": (lambda: Endless(JSON_HEAD, b"[", MANY), {"json_invalid", "record_too_large"}),
    "ten million nested objects": (lambda: Endless(JSON_HEAD, b'{"a":', MANY), {"json_invalid", "record_too_large"}),
    "nested requests": (lambda: Endless(b"", b'{"data":', MANY), {"format_unknown"}),
    "ten million empty lists": (lambda: Endless(JSON_HEAD + b"[", b"[],", MANY), {"record_too_large"}),
    "a JSON string without end": (lambda: Endless(JSON_HEAD + b'"', b"x" * 100, MANY), {"record_too_large"}),
    "a request of JSON without end": (lambda: Endless(b'{"data":"', b"WyJb" * 25, MANY), {"json_invalid", "format_unknown"}),
    "a number without end": (lambda: Endless(JSON_HEAD, b"1" * 100, MANY), {"record_too_large", "json_invalid"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_soon_and_without_memory(name: str) -> None:
    make, reasons = ATTACKS[name]
    content = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(UnreadableFileError) as refusal:
        for _ in read_message(content):
            pass
    spent = time.process_time() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert refusal.value.reason in reasons
    assert spent < MOST_SECONDS
    assert grown < MOST_MEGABYTES


def test_attributes_are_counted_in_utf_16_too() -> None:
    names = ("".join(letters) for letters in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=4))
    crowd = "".join("<a " + " ".join(f'{name}=""' for name in itertools.islice(names, 20)) + "/>" for _ in range(15_000))
    content = HEAD.decode() + crowd + crowd + TAIL.decode()
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(UnreadableFileError) as refusal:
            list(read_message(content.encode(encoding)))
        assert refusal.value.reason == "record_too_large"


REPEATED = """
import re
from pathlib import Path
from sangloc.exams.reader import read_message
piece = b"<THONGTINHOSO><THU>1</THU><DANHSACHHOSO><HOSO/></DANHSACHHOSO></THONGTINHOSO>" * 1000
class Source:
    left = [b"<KHAMSUCKHOE>", *[piece] * 200, b"</KHAMSUCKHOE>"]
    rest = b""
    def read(self, size):
        while self.left and len(self.rest) < size:
            self.rest += self.left.pop(0)
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken
def most():
    # What getrusage says begins with the memory of the process that started this one.
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
list(read_message(b"<KHAMSUCKHOE/>"))
before = most()
print(sum(1 for _ in read_message(Source())), most() - before)
"""


def test_what_was_read_is_forgotten_wherever_it_stood() -> None:
    # A process of its own: the most memory that this one ever had says nothing any more.
    said = subprocess.run([sys.executable, "-c", REPEATED], capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == "200000"
    assert int(said[1]) < 20


@pytest.mark.parametrize("depth", [300, 450, 700, 960])
def test_json_nested_within_xml_is_read_or_unreadable(depth: int) -> None:
    for opening, closing in ("[", "]"), ('{"a":', "}"):
        part = '{"HO_TEN":"A B","X":' + opening * depth + "1" + closing * depth + "}"
        (exam,) = read_message(HEAD + part.encode() + TAIL)
        assert isinstance(exam, RawExam)
        assert ("XML1", "HO_TEN", "A B") in exam.leaves or exam.unreadable == [("XML1", part)]


def test_a_part_that_unpacks_to_a_crowd_is_refused() -> None:
    part = b"<THONG_TIN_HANH_CHINH>" + b"<a/>" * 600_000 + b"</THONG_TIN_HANH_CHINH>"
    with pytest.raises(UnreadableFileError) as refusal:
        list(read_message(HEAD + base64.b64encode(part) + TAIL))
    assert refusal.value.reason == "record_too_large"


def test_a_workbook_that_unpacks_to_gigabytes_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(300):
                sheet.write(b"0" * (1 << 20))
    started = time.process_time()
    with pytest.raises(FileRefused):
        list(read_sheet(target.getvalue(), "a.xlsx", "school"))
    assert time.process_time() - started < MOST_SECONDS


SCRAPS = st.sampled_from(
    [
        *("<KHAMSUCKHOE>", "</KHAMSUCKHOE>", "<HOSO>", "</HOSO>", "<NOIDUNGFILE>", "<![CDATA[", "]]>", "<?xml version='1.0'?>"),
        *("&amp;", "&x;", "<!DOCTYPE a>", "<!--", "-->", "\x00", "ắ", "<TREN_18>", "<HO_TEN>A</HO_TEN>", "PGE+PC9hPg=="),
        *('{"khamsuckhoe":', '"thongtinhoso":{"danhsachhoso":', '{"hoso":[', '"data":"', '"', "]", "}", "{", "[", ",", ":"),
        *('"noidungfile":', "\\u0000", "\\ud800", "\\", "1e999", "NaN", "null", '"filehoso":[{"loaihoso":"XML1",'),
    ]
)
MESSY = st.one_of(
    st.binary(max_size=200),
    st.lists(SCRAPS, max_size=25).map(lambda pieces: "".join(pieces).encode()),
)


def read(content: bytes) -> None:
    """Reads a message as loading does; only refusals may be raised."""
    try:
        for record in read_message(content):
            if isinstance(record, RawExam):
                build(record, sender="20001", today=clock.today(), received=clock.now())
    except UnreadableFileError as refusal:
        assert refusal.reason


@settings(max_examples=250, deadline=None, derandomize=True)
@given(MESSY)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    read(content)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_good_message_with_a_scratch_is_read_or_refused(messages: Any, data: st.DataObject) -> None:
    good = messages.envelope([messages.adult(), messages.child()], data.draw(st.sampled_from(["raw", "base64", "declared"])))
    if data.draw(st.booleans()):
        good = json.dumps({"data": base64.b64encode(good).decode()}).encode()
    at = data.draw(st.integers(0, len(good)))
    read(good[:at] + data.draw(MESSY) + good[at + data.draw(st.integers(0, 40)) :])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.dictionaries(
    st.sampled_from(["HO_TEN", "NGAY_SINH", "NGAY_VAO", "MA_LK", "SO_CCCD", "DOI_TUONG", "GIOI_TINH", "PHAN_LOAI_SK", "LA"]),
    st.one_of(st.text(max_size=20), st.sampled_from(["199001010000", "A", "2", "6;10", "020190000001"])),
))  # fmt: skip
def test_any_values_become_an_exam_or_a_reject_that_says_nothing_of_them(values: dict[str, str]) -> None:
    for kind, form in (("KHAMSUCKHOE", ""), ("GIAMDINHHS", ""), ("QD1551", "1551_13"), ("QD1551", "1551_05"), ("SHEET", "")):
        leaves = [("XML1", code, value) for code, value in values.items() if value]
        made = build(RawExam(1, kind, leaves, form=form), sender="20001", today=clock.today(), received=clock.now())
        if isinstance(made, Reject):
            assert not any(value in made.message for value in values.values() if len(value) > 6)
        else:
            kept = {(code, value) for _, code, value, _ in made.findings}
            assert len(kept) + len(made.columns["held_codes"]) == len(leaves)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)), st.sampled_from(["a.csv", "a.xlsx", "a.xls"]))
def test_any_list_is_read_or_refused(content: bytes, name: str) -> None:
    try:
        list(read_sheet(content, name, "school"))
    except FileRefused as refusal:
        assert refusal.reason_code
