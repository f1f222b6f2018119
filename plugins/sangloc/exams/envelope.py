"""Reading the official XML envelopes as a stream, one exam at a time.

`<KHAMSUCKHOE>` (QĐ 2062/QĐ-BYT) and `<GIAMDINHHS>` (QĐ 3176/QĐ-BYT) have the same skeleton: a sender, a day, and HOSO
(exams) of FILEHOSO (parts), whose content is nested XML, with or without its own declaration, or the same in Base64.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from sangloc.exams.fields import tables

HEALTH_CHECK = "KHAMSUCKHOE"
INSURANCE_CLAIM = "GIAMDINHHS"
SHEET = "SHEET"

_CHUNK = 1 << 16
_DECLARATION = re.compile(rb"<\?xml\s[^>]*\?>")
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*(<\?xml\s[^>]*\?>)?")
# Nothing outside the bytes at hand is ever read, and no entity is replaced.
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
}

Leaf = tuple[str, str, str]


class UnreadableFileError(Exception):
    """The file is refused as a whole; `reason` is the code written into `intake.file`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class RawExam:
    """One exam as it stands in a file.

    Attributes:
        ordinal: place in the file, from 1 (the HOSO's place, or the sheet's row).
        kind: `KHAMSUCKHOE`, `GIAMDINHHS` or `SHEET`.
        leaves: (part, code, value) in document order, values trimmed, empty ones left out.
        unreadable: parts whose content is neither XML nor Base64 of XML; (part, content).
        facility: the envelope's MACSKCB, or empty.
        made_on: the envelope's NGAYLAP as text, or empty.
        sheet: the workbook's sheet, for a table.
    """

    ordinal: int
    kind: str
    leaves: list[Leaf] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    facility: str = ""
    made_on: str = ""
    sheet: str | None = None


@dataclass(slots=True)
class Signature:
    """The signatures over the whole file (CHUKYDONVI), as leaves; they come after the last exam."""

    leaves: list[Leaf]


def _refuse_definitions(element: etree._Element) -> None:
    info = element.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        raise UnreadableFileError("xml_dtd")


def _elements(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        if isinstance(element, etree._Element):
            yield element


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _one_declaration(content: memoryview) -> Iterator[bytes]:
    """The content in pieces, without the XML declarations of nested parts, which the decision's own sample prints."""
    head = _HEAD.match(content)
    offset = head.end() if head else 0
    if head and head[1]:
        yield head[1]
    rest = b""
    while offset < len(content):
        piece = rest + bytes(content[offset : offset + _CHUNK])
        offset += _CHUNK
        # What may be the beginning of a declaration waits for the next piece.
        cut = piece.rfind(b"<", max(0, len(piece) - 200))
        if cut > 0 and b">" not in piece[cut:]:
            piece, rest = piece[:cut], piece[cut:]
        else:
            rest = b""
        yield _DECLARATION.sub(b"", piece) if b"<?xml" in piece else piece
    yield rest


def _root_tag(content: memoryview) -> str:
    """The tag of the file's root, without reading further than the root."""
    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    # An error behind the root's start still leaves the root among the events.
    with contextlib.suppress(etree.XMLSyntaxError):
        for piece in _one_declaration(content[:_CHUNK]):
            parser.feed(piece)
    with contextlib.suppress(etree.XMLSyntaxError):
        for element in _elements(parser):
            _refuse_definitions(element)
            return _name(element)
    raise UnreadableFileError("xml_invalid")


def _leaves(part: str, element: etree._Element, into: list[Leaf]) -> None:
    for child in element.iterchildren(tag=etree.Element):
        if not len(child):
            text = child.text
        elif next(child.iterchildren(tag=etree.Element), None) is None:
            text = _text(child)
        else:
            _leaves(part, child, into)
            continue
        if text and (value := text.strip()):
            into.append((part, _name(child), value))


def _text(element: etree._Element) -> str:
    # A comment inside a value cuts it in two.
    text = element.text if not len(element) else etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return text.strip() if text else ""


# Made once: a claim has hundreds of parts, and making a parser costs more than reading one.
_NESTED = etree.XMLParser(**_SAFE)


def _nested(text: str) -> etree._Element | None:
    """The XML that `text` is, or is the Base64 of; None when it is neither."""
    if text.startswith("<"):
        content = text.encode()
        # The text is Unicode by now, whatever encoding its declaration names.
        content = _DECLARATION.sub(b"", content, count=1).lstrip()
    else:
        try:
            content = base64.b64decode("".join(text.split()), validate=True).strip()
        except (binascii.Error, ValueError):
            return None
        if not content:
            return None
    try:
        element = etree.fromstring(content, _NESTED)
    except (etree.XMLSyntaxError, ValueError):
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise UnreadableFileError("xml_dtd") from None
        return None
    _refuse_definitions(element)
    return element


def _exam(hoso: etree._Element, ordinal: int, kind: str) -> RawExam:
    exam = RawExam(ordinal, kind)
    for file in hoso.iterchildren("{*}FILEHOSO"):
        number, content = "", None
        for child in file.iterchildren(tag=etree.Element):
            name = _name(child)
            if name == "LOAIHOSO":
                number = _text(child).upper()
            elif name == "NOIDUNGFILE":
                content = child
        if content is None:
            continue
        root = next(content.iterchildren(tag=etree.Element), None)
        if root is None:
            text = _text(content)
            if not text:
                continue
            root = _nested(text)
            if root is None:
                exam.unreadable.append((number, text))
                continue
        _leaves(number or tables().parts.get(_name(root), ""), root, exam.leaves)
    return exam


def _signature(element: etree._Element) -> Signature:
    leaves: list[Leaf] = []
    for child in element.iterchildren(tag=etree.Element):
        # A signature element is kept whole: its values mean nothing apart from each other.
        value = etree.tostring(child, encoding="unicode", with_tail=False).strip() if len(child) else _text(child)
        if value:
            leaves.append(("CHUKYDONVI", _name(child), value))
    return Signature(leaves)


def read_envelope(content: bytes) -> Iterator[RawExam | Signature]:
    """The exams of an XML file in order, then its signature when it has one.

    Args:
        content: the file's bytes.

    Raises:
        UnreadableFileError: `xml_invalid` (not well-formed, cut off), `xml_dtd` (it defines a document type or
            entities, which no exam file needs), `format_unknown` (another root than the two envelopes).
    """
    view = memoryview(content)
    kind = _root_tag(view)
    if kind not in (HEALTH_CHECK, INSURANCE_CLAIM):
        raise UnreadableFileError("format_unknown")
    tags = [f"{{*}}{tag}" for tag in ("HOSO", "MACSKCB", "NGAYLAP", "CHUKYDONVI")]
    parser = etree.XMLPullParser(events=("end",), tag=tags, **_SAFE)
    ordinal, facility, made_on = 0, "", ""
    checked = False
    try:
        for piece in _one_declaration(view):
            parser.feed(piece)
            for element in _elements(parser):
                if not checked:
                    _refuse_definitions(element)
                    checked = True
                name, parent = _name(element), element.getparent()
                above = _name(parent) if parent is not None else ""
                if name == "MACSKCB" and above == "THONGTINDONVI":
                    facility = _text(element)
                elif name == "NGAYLAP" and above == "THONGTINHOSO":
                    made_on = _text(element)
                elif name == "CHUKYDONVI" and above in (kind, "THONGTINHOSO"):
                    yield _signature(element)
                elif name == "HOSO" and above == "DANHSACHHOSO":
                    ordinal += 1
                    exam = _exam(element, ordinal, kind)
                    exam.facility, exam.made_on = facility, made_on
                    element.clear()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]
                    yield exam
        parser.close()
    except etree.XMLSyntaxError:
        raise UnreadableFileError("xml_invalid") from None
