"""Vietnamese names as people write them, and the key that ignores case, spacing and the place of the tone mark."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TONES = "\u0300\u0301\u0303\u0309\u0323"
# Open syllables in oa, oe, uy are written with the tone on either vowel (hòa, hoà). "Quý" has one spelling only.
_MOVABLE = re.compile(rf"(?i)^(.*)([ou])([{TONES}])([aey])$")
_PAIRS = {"oa", "oe", "uy"}


def without_diacritics(text: str) -> str:
    """`Nguyễn Thị Hòa` becomes `Nguyen Thi Hoa`."""
    marks_off = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return marks_off.replace("đ", "d").replace("Đ", "D")


@lru_cache(maxsize=65536)
def _syllable_moved(syllable: str) -> str:
    match = _MOVABLE.match(unicodedata.normalize("NFD", syllable))
    if match is None or (match[2] + match[4]).lower() not in _PAIRS:
        return syllable
    return unicodedata.normalize("NFC", match[1] + match[2] + match[4] + match[3])


def tone_moved(name: str) -> str:
    """The other spelling of a name (`Hòa` becomes `Hoà`); the same name when it has no such syllable."""
    return " ".join(_syllable_moved(syllable) for syllable in name.split(" "))


@lru_cache(maxsize=65536)
def _syllable_key(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable)
    return "".join(c for c in letters if c not in TONES) + "".join(c for c in letters if c in TONES)


def name_key(name: str) -> str:
    """What two spellings of one name share; case, spacing and the tone mark's place do not count, diacritics do."""
    return " ".join(_syllable_key(syllable) for syllable in unicodedata.normalize("NFC", name).casefold().split())
