"""Words on a commune's list, to codes: ethnic and target groups, residence, changes. The words are data in include/intake."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from sangloc.errors import ConfigurationError
from sangloc.intake import name_fold, name_key, read_words


@functools.lru_cache(maxsize=10_000)
def _folded(text: str) -> str:
    return name_fold(re.sub(r"≥|>=?", " từ ", re.sub(r"<", " dưới ", text))).replace(" ", "")


@functools.cache
def _ethnic_groups() -> tuple[frozenset[str], dict[str, str]]:
    """Codes, and names to codes; without diacritics too where that leaves one group only."""
    data, path = read_words("ethnic_groups")
    try:
        named = [(name, code) for code, names in data["ethnic_groups"].items() for name in names]
    except (KeyError, TypeError, AttributeError):
        raise ConfigurationError(f"{path}: expected 'ethnic_groups' of code to a list of names") from None
    folded: dict[str, set[str]] = {}
    for name, code in named:
        folded.setdefault(name_fold(name).replace(" ", ""), set()).add(code)
    known = {name: codes.pop() for name, codes in folded.items() if len(codes) == 1}
    known.update((name_key(name).replace(" ", ""), code) for name, code in named)
    return frozenset(code for _, code in named), known


def ethnic_code(text: str) -> str:
    """The two-digit code (MA_DANTOC) of an ethnic group's name or of the code itself; empty when unknown.

    A code beside the name ("01 - Kinh") and the words "dân tộc" and "người" before it do not matter.
    """
    codes, known = _ethnic_groups()
    if (number := re.sub(r"\.0$", "", text.strip()).zfill(2)) in codes:
        return number
    words = [word for word in name_key(text).split() if not word.isdigit()]
    for found in (words, words[1:] if words[:1] == ["ngươi1"] else words[2:] if words[:2] == ["dân", "tôc5"] else []):
        if code := known.get("".join(found)):
            return code
    return ""


@dataclass(frozen=True)
class Groups:
    """Target groups as lists name them: the code set, and label to (code, reason)."""

    code_set: str
    by_label: dict[str, tuple[str, str]]


@functools.cache
def groups() -> Groups:
    """The target groups of `include/intake/groups.yaml`.

    Raises:
        ConfigurationError: when the file is missing or malformed.
    """
    data, path = read_words("groups")
    try:
        by_label: dict[str, tuple[str, str]] = {}
        for group in data["groups"]:
            for label in (*group["labels"], group["code"]):
                by_label.setdefault(_folded(label), (group["code"], group["reason"]))
        return Groups(data["code_set"], by_label)
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(f"{path}: expected 'code_set' and 'groups' (code, reason, labels)") from None


def group_pairs(text: str) -> str:
    """Labels joined by `;` (or `,`) as `code=reason` pairs joined by `;`, sorted; unknown labels are left out."""
    known = groups().by_label
    reasons: dict[str, set[str]] = {}
    for part in text.split(";"):
        labels = [part] if _folded(part) in known else part.split(",")
        for label in labels:
            if found := known.get(_folded(label)):
                reasons.setdefault(found[0], set()).add(found[1])
    return ";".join(f"{code}={'+'.join(sorted(reasons[code]))}" for code in sorted(reasons))


@functools.cache
def _residences() -> tuple[dict[str, str], str, str]:
    data, path = read_words("residence")
    try:
        labels = {_folded(label): residence for residence, texts in data["labels"].items() for label in texts}
        return labels, str(data["when_empty"]), str(data["when_unknown"])
    except (KeyError, TypeError, AttributeError):
        raise ConfigurationError(f"{path}: expected 'labels', 'when_empty' and 'when_unknown'") from None


def residence(text: str) -> str:
    """`permanent`, `temporary_12m` or `temporary_short`."""
    labels, when_empty, when_unknown = _residences()
    key = _folded(text)
    return labels.get(key, when_unknown) if key else when_empty


def knows_residence(text: str) -> bool:
    """Whether `text` is a label of residence, or says nothing."""
    key = _folded(text)
    return not key or key in _residences()[0]


@functools.cache
def _changes() -> dict[str, str]:
    data, path = read_words("changes")
    try:
        return {_folded(label): change for change, texts in data["changes"].items() for label in texts}
    except (KeyError, TypeError, AttributeError):
        raise ConfigurationError(f"{path}: expected 'changes' of listed, left and died to lists of labels") from None


def change(text: str) -> str:
    """What a row of a list of changes says: `listed`, `left` or `died`; empty when the text is empty or unknown."""
    return _changes().get(_folded(text), "")


@dataclass(frozen=True)
class Numbers:
    """What stands in number columns besides numbers, and what the first digits of a personal number may be."""

    no_value: frozenset[str]
    placeholders: frozenset[str]
    birth_places: frozenset[str]


@functools.cache
def numbers() -> Numbers:
    """The words and numbers of `include/intake/citizen_numbers.yaml`, `no_value` folded.

    Raises:
        ConfigurationError: when the file is missing or malformed.
    """
    data, path = read_words("citizen_numbers")
    try:
        repeated = (digit * 12 for digit in "0123456789")
        return Numbers(
            frozenset(_folded(str(word)) for word in data["no_value"]),
            frozenset((*(str(number) for number in data["placeholders"]), *repeated)),
            frozenset(str(code) for code in data["birth_places"]),
        )
    except (KeyError, TypeError):
        raise ConfigurationError(f"{path}: expected 'no_value', 'placeholders' and 'birth_places'") from None


def no_value(text: str) -> bool:
    """Whether `text` is empty or says that there is nothing to write ("không có", "chưa cấp", "-")."""
    key = _folded(text)
    return not key or key in numbers().no_value
