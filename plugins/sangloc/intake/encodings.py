"""Bytes and letters of older systems, to Unicode: UTF-16, Windows-1258 and TCVN3, the encoding of the `.VnTime` fonts."""

from __future__ import annotations

import codecs
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from sangloc.intake.refusal import FileRefused

Verdict = Literal["unicode", "tcvn3", "mixed"]

# TCVN 5712:1993 (VN1), bytes 80 to FF. Its capitals with a tone in the control codes 01 to 17 are left out: no font has
# them, and text does have control codes.
_TCVN3_LETTERS = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨ"
    "ÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ"
    "\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ"
    "éẹềểễếệìỉỄẾỒĩíịò"
    "Ổỏõóọồổỗốộờởỡớợù"
    "ỖủũúụừửữứựỳỷỹýỵỐ"
)
# What a program that knows nothing of TCVN3 makes of it: each byte as the Latin-1 character of the same number.
_TCVN3 = dict(enumerate(_TCVN3_LETTERS, start=0x80))

# Words of letters, with at least one outside ASCII. Everything from U+00A1 on counts as one: in TCVN3 even ¨ is a letter.
_FOREIGN_WORD = re.compile(r"[A-Za-z]*[^\x00-\xa0][A-Za-z\u00a1-\U0010ffff]*")
_FOREIGN_BYTES = re.compile(rb"[A-Za-z]*[\x80-\x9f\xa1-\xff][A-Za-z\x80-\x9f\xa1-\xff]*")
_CAPITALS = re.compile(r"[A-ZĂÂÊÔƠƯĐ]{2}")
_SMALL = re.compile(r"[a-z]")
# Letters and signs of Latin-1 that no Vietnamese text in Unicode has, but every one in TCVN3 that was read as Latin-1.
NOT_VIETNAMESE = "[\u00a1-\u00afÄÅÆÇËÎÏÑÖØÛÜÞßäåæçëîïñöøûüþÿ\u00b1-\u00bf×÷]"

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
    r"(?:"
    r"a(?:ch|c|i|m|ng|nh|n|o|p|t|u|y)?|ă(?:c|m|ng|n|p|t)|â(?:c|m|ng|n|p|t|u|y)|e(?:ng|c|m|n|o|p|t)?|"
    r"ê(?:ch|m|nh|n|p|t|u)?|i(?:ê(?:c|m|ng|n|p|t|u)|a|ch|m|nh|n|p|t|u)?|"
    r"o(?:a(?:ch|c|i|m|ng|nh|n|o|p|t|y)?|ă(?:c|m|ng|n|t)|e(?:n|o|t)?|o(?:c|ng)|c|i|m|ng|n|p|t)?|"
    r"ô(?:c|i|m|ng|n|p|t)?|ơ(?:i|m|n|p|t)?|"
    r"u(?:â(?:n|ng|t|y)|ê(?:ch|nh|n|u)?|ô(?:c|i|m|ng|n|t)|y(?:ê(?:n|t)|a|ch|nh|n|p|t|u)?|a|c|i|m|ng|n|ơ|p|t)?|"
    r"ư(?:ơ(?:c|i|m|ng|n|p|t|u)|a|c|i|m|ng|n|t|u)?|y(?:ê(?:m|ng|n|t|u)|a|ch|nh|n|t|u)?"
    r")"
)
# Syllables that end in a stop have one of two tones.
_STOPPED = re.compile(r".*(?:c|ch|p|t)")

# How much of a text has to read as Vietnamese before its encoding is believed, and by how much it must beat the other.
_LEAST_SHARE = 0.8
_LEAST_MARGIN = 0.15
# Of a column: the share of TCVN3 among the words that can only be one of the two, and among all words outside ASCII.
_CLEARLY = 0.95
_OFTEN = 0.3
# From this share on, words in TCVN3 in a column of Unicode are not typing slips.
_MIXED = 0.05
_SAMPLE_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16


@functools.lru_cache(maxsize=100_000)
def _is_syllable(word: str) -> bool:
    """Whether `word` is spelt as a Vietnamese syllable, in lower case, capitals or with a capital first."""
    composed = unicodedata.normalize("NFC", word)
    if composed[1:] != composed[1:].lower() and any("a" <= letter <= "z" for letter in composed):
        return False
    toneless: list[str] = []
    tones: list[str] = []
    for character in unicodedata.normalize("NFD", composed.lower()):
        (tones if character in _TONES else toneless).append(character)
    plain = unicodedata.normalize("NFC", "".join(toneless))
    if len(tones) > 1 or _SYLLABLE.fullmatch(plain) is None:
        return False
    return _STOPPED.fullmatch(plain) is None or (len(tones) == 1 and tones[0] in "\u0301\u0323")


def from_tcvn3(text: str) -> str:
    """Text in TCVN3 that was read as Latin-1 (as spreadsheets hold it), in Unicode NFC.

    The fonts have capitals only for ă â ê ô ơ ư đ; capitals with a tone are lower-case letters in a second font
    (`.VnTimeH`). So a text without any small ASCII letter but with two capitals in a row is made capitals as a whole;
    what was typed in small letters and only shown as capitals stays small, which no comparison of names minds.
    """
    made = unicodedata.normalize("NFC", text.translate(_TCVN3))
    return made.upper() if _CAPITALS.search(made) and not _SMALL.search(made) else made


def judge(texts: Iterable[str]) -> Verdict:
    """In which letters a column is written: `unicode`, `tcvn3` (read as Latin-1), or `mixed` when some cells are in each.

    Decided by all its words together, since a short one may read as Vietnamese both ways (`Hà`, or `ó` for ú). A column
    without clear signs of TCVN3 is Unicode.
    """
    words = Counter(word for text in texts if not text.isascii() for word in _FOREIGN_WORD.findall(text))
    old = new = certain = old_count = count = 0
    for word, times in words.items():
        # A sign on its own (×, ½, °) says nothing.
        if len(word) == 1:
            continue
        count += times
        beyond = any(letter > "\xff" for letter in word)
        as_unicode, as_tcvn3 = _is_syllable(word), not beyond and _is_syllable(from_tcvn3(word))
        old += as_tcvn3 and not as_unicode
        old_count += times * (as_tcvn3 and not as_unicode)
        new += as_unicode and not as_tcvn3
        certain += as_unicode and beyond
    if old == 0:
        return "unicode"
    share = old / (old + new)
    if share >= _CLEARLY and not certain and old_count >= _OFTEN * count:
        return "tcvn3"
    return "mixed" if old > 2 and share >= _MIXED else "unicode"


def _parts(content: bytes) -> Iterable[bytes]:
    """The content, or evenly spread parts of it."""
    if len(content) <= _SAMPLE_BYTES:
        return (content,)
    length = _SAMPLE_BYTES // 16
    return (content[start : start + length] for start in range(0, len(content), len(content) // 16))


def _decoded_1258(content: bytes) -> str:
    # Windows writes the tone as a character of its own.
    return unicodedata.normalize("NFC", content.decode("cp1258"))


def _old_encoding(content: bytes) -> Literal["tcvn3", "cp1258"]:
    """The encoding of bytes that are not UTF-8, by which of the two makes Vietnamese of most of their words."""
    words = {word for part in _parts(content) for word in _FOREIGN_BYTES.findall(part)}
    tcvn3 = windows = 0
    for word in words:
        tcvn3 += _is_syllable(from_tcvn3(word.decode("latin-1")))
        try:
            windows += _is_syllable(_decoded_1258(word))
        except UnicodeDecodeError:
            continue
    least = _LEAST_SHARE * len(words)
    margin = _LEAST_MARGIN * len(words)
    if tcvn3 >= least and tcvn3 - windows > margin:
        return "tcvn3"
    if windows >= least and windows - tcvn3 > margin:
        return "cp1258"
    raise FileRefused("encoding_unknown")


def _utf16_without_mark(content: bytes) -> Literal["utf-16-le", "utf-16-be"] | None:
    """Digits, separators and line ends of UTF-16 have a NUL as every other byte, and always on the same side."""
    head = content[:_HEAD_BYTES]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 8 and even < len(head) // 64:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 8 and odd < len(head) // 64 else None


def _is_utf8(content: bytes) -> bool:
    # Python would make a text of four times the size to answer this.
    import polars as pl

    try:
        pl.Series([content], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


def as_utf8(content: bytes) -> tuple[bytes, bool]:
    """The bytes of a text file in UTF-8 without byte order mark and NUL, and whether they are TCVN3.

    UTF-8, UTF-16 (with or without a byte order mark), Windows-1258 and TCVN3 are told apart by the file as a whole.
    Of TCVN3 each byte has become the Latin-1 character of the same number: `from_tcvn3` is for the caller to apply, to
    each cell.

    Raises:
        FileRefused: `encoding_unknown`.
    """
    tcvn3 = False
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            content = content.decode("utf-16").encode()
        elif wide := b"\0" in content[:_HEAD_BYTES] and _utf16_without_mark(content):
            content = content.decode(wide).encode()
        else:
            content = content.removeprefix(codecs.BOM_UTF8)
            if not _is_utf8(content):
                tcvn3 = _old_encoding(content) == "tcvn3"
                content = (content.decode("latin-1") if tcvn3 else _decoded_1258(content)).encode()
    except UnicodeError:
        raise FileRefused("encoding_unknown") from None
    # PostgreSQL's text has no NUL character.
    return (content.replace(b"\0", b"") if b"\0" in content else content), tcvn3
