"""Words on a commune's list, to codes: ethnic and target groups, residence. The words are data in include/intake."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.intake import name_fold, name_key


def _load(name: str) -> tuple[dict[str, Any], str]:
    path = settings.include() / "intake" / f"{name}.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        raise ConfigurationError(f"{path}: expected a readable YAML file") from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path}: expected a mapping")
    return data, str(path)


def _folded(text: str) -> str:
    return name_fold(re.sub(r"≥|>=?", " từ ", re.sub(r"<", " dưới ", text))).replace(" ", "")


@functools.cache
def _ethnic_groups() -> dict[str, str]:
    data, path = _load("ethnic_groups")
    try:
        return {name_key(name).replace(" ", ""): code for code, names in data["ethnic_groups"].items() for name in names}
    except (KeyError, TypeError, AttributeError):
        raise ConfigurationError(f"{path}: expected 'ethnic_groups' of code to a list of names") from None


def ethnic_code(text: str) -> str:
    """The two-digit code (MA_DANTOC) of an ethnic group's name or of the code itself; empty when unknown."""
    known = _ethnic_groups()
    number = text.strip().zfill(2)
    if number in known.values():
        return number
    return known.get(name_key(text).replace(" ", ""), "")


@dataclass(frozen=True)
class Groups:
    """Target groups: the code set, label to (code, reason), and the group whose members are told by age in years."""

    code_set: str
    by_label: dict[str, tuple[str, str]]
    age_code: str
    age_from: int


@functools.cache
def groups() -> Groups:
    """The target groups of `include/intake/groups.yaml`.

    Raises:
        ConfigurationError: when the file is missing or malformed.
    """
    data, path = _load("groups")
    try:
        by_label: dict[str, tuple[str, str]] = {}
        for group in data["groups"]:
            for label in (*group["labels"], group["code"]):
                by_label.setdefault(_folded(label), (group["code"], group["reason"]))
        return Groups(data["code_set"], by_label, data["by_age"]["code"], int(data["by_age"]["from_years"]))
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(f"{path}: expected 'code_set', 'groups' (code, reason, labels) and 'by_age'") from None


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
    data, path = _load("residence")
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
