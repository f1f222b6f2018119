"""Reads the data files of the sample: ages, names, areas, village words, and the field tables of QĐ 2062/QĐ-BYT."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError


@dataclass(frozen=True)
class Names:
    """The names of one ethnic group, by sex (0 male, 1 female); middle names also by age (0 older, 1 younger)."""

    label: str
    code: str
    surnames: tuple[str, ...]
    weights: tuple[float, ...]
    middle: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    given: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Area:
    """What the generator knows of the communes of one old province, for their rural or urban part."""

    prefixes: dict[str, float]
    minority_area: bool
    ethnic: dict[str, float]


def _yaml(name: str) -> Any:
    path = settings.include() / "sample" / name
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigurationError(f"{path} cannot be read; it belongs to the project") from None


@lru_cache(maxsize=1)
def names() -> tuple[Names, ...]:
    """Every ethnic group of `names.yaml`, in the order of the file."""
    found = []
    for label, entry in _yaml("names.yaml").items():
        sides = (entry["male"], entry["female"])
        found.append(
            Names(
                label,
                entry["code"],
                tuple(entry["surnames"]),
                tuple(map(float, entry["surnames"].values())),
                tuple((tuple(side["old"]), tuple(side["new"])) for side in sides),
                tuple(tuple(side["given"]) for side in sides),
            )
        )
    return tuple(found)


@lru_cache(maxsize=1)
def places() -> dict[str, dict[str, list[str]]]:
    """The words of village names: `mountain` and `plain`, each with `first` and `second`."""
    read: dict[str, dict[str, list[str]]] = _yaml("places.yaml")
    return read


@lru_cache(maxsize=1)
def age_groups() -> tuple[tuple[int, int, int, float], ...]:
    """Five-year groups as (first age, age after the last, sex 1 male or 2 female, per cent of the population)."""
    path = settings.include() / "sample" / "age_sex.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return tuple(
            (int(row["age_from"]), int(row["age_to"]) + 1, sex, float(row[column]))
            for row in csv.DictReader(handle)
            for sex, column in ((1, "male"), (2, "female"))
        )


def area(slug: str, commune_code: str, urban: bool) -> Area:
    """The old province a commune belonged to, from `provinces.yaml`.

    Raises:
        ConfigurationError: when the file has no area for the province or the commune.
    """
    known = _yaml_provinces()
    if slug not in known:
        raise ConfigurationError(
            f"include/sample/provinces.yaml has no province {slug!r}; expected one of {', '.join(sorted(known))}"
        )
    for entry in known[slug]["areas"]:
        low, high = entry["codes"]
        if low <= commune_code <= high:
            part = entry["urban" if urban else "rural"]
            return Area(entry["prefixes"], part["minority_area"], part["ethnic"])
    raise ConfigurationError(f"include/sample/provinces.yaml: {slug} has no area for commune {commune_code}")


@lru_cache(maxsize=1)
def _yaml_provinces() -> Any:
    return _yaml("provinces.yaml")


@dataclass(frozen=True)
class Part:
    """One part of an exam message: its name (`XML1`), its tag and its fields in order, with their allowed codes."""

    name: str
    tag: str
    fields: tuple[tuple[str, str], ...]


@lru_cache(maxsize=8)
def parts(form: str) -> tuple[Part, ...]:
    """The parts of a form of QĐ 2062/QĐ-BYT (`2062_U6`, `2062_6_18`, `2062_18`, `2062_P3_XML1`) but the signatures."""
    path = settings.include() / "code_sets" / "qd2062_fields.csv"
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["form"] == form and row["part_tag"]:
                found.setdefault((row["part"], row["part_tag"]), []).append((row["code"], row["allowed_codes"]))
    ordered = sorted(found.items(), key=lambda item: int(item[0][0].removeprefix("XML")))
    return tuple(Part(name, tag, tuple(fields)) for (name, tag), fields in ordered)
