"""The stored model: what was trained, by which version, and from where on it is believed."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError


@dataclass(frozen=True)
class Thresholds:
    """From where on a pair is believed (`include/linkage/thresholds.yaml`); weights in bits (log2 of the odds).

    Attributes:
        accept: least weight of a link made without a person.
        margin: by how much the best candidate must be ahead of the second.
        plausible: least weight of a pair that is put before a person.
        names, births: levels of the comparisons of name and birth date that a link made without a person may have.
        weak_names, weak_births: levels of name and birth of which one at most may be taken, unless the number agrees.
        names_with_number: further levels of the name that are enough with the same number and the very birth date.
    """

    accept: float
    margin: float
    plausible: float
    names: frozenset[str]
    births: frozenset[str]
    weak_names: frozenset[str]
    weak_births: frozenset[str]
    names_with_number: frozenset[str]


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        version: its name, a colon and the SHA-256 of the file: what stands on each link.
        settings: Splink's settings with all parameters.
        words: how frequent names are, see `sangloc.linkage.compare.name_words`.
        thresholds: from where on it is believed.
    """

    version: str
    settings: dict[str, Any]
    words: dict[str, dict[str, float]]
    thresholds: Thresholds

    def level(self, comparison: str, label: str) -> int:
        """The number (`gamma_…`) of a comparison's level, by its label."""
        if label == "no statement":
            return -1
        for each in self.settings["comparisons"]:
            if each["output_column_name"] == comparison:
                levels = [one["label_for_charts"] for one in each["comparison_levels"] if not one.get("is_null_level")]
                if label in levels:
                    return len(levels) - 1 - levels.index(label)
        raise ConfigurationError(f"the linkage model has no level {label!r} in comparison {comparison!r}")


def folder() -> Path:
    """Where model and thresholds lie."""
    return settings.include() / "linkage"


def load() -> Model:
    """The model in use.

    Raises:
        ConfigurationError: a file is missing or damaged.
    """
    return _read(folder())


@functools.lru_cache(maxsize=4)
def _read(path: Path) -> Model:
    try:
        content = (path / "model.json").read_bytes()
        limits = yaml.safe_load((path / "thresholds.yaml").read_text(encoding="utf-8"))
        stored = json.loads(content)
        thresholds = Thresholds(
            float(limits["accept"]),
            float(limits["margin"]),
            float(limits["plausible"]),
            *(frozenset(limits[name]) for name in ("names", "births", "weak_names", "weak_births", "names_with_number")),
        )
        version = f"{stored['name']}:{hashlib.sha256(content).hexdigest()}"
        return Model(version, stored["settings"], stored["words"], thresholds)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"the linkage model in {path} cannot be read ({type(error).__name__})") from None
