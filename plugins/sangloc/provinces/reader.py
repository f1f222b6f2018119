"""Reads and checks `profile.yaml` and `communes.csv`. Quick: it runs whenever Airflow parses the DAG files."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sangloc import clock, settings
from sangloc.errors import ConfigurationError
from sangloc.provinces.model import Bounds, Commune, Profile

COMMUNE_COLUMNS = [
    "code", "name", "kind", "latitude", "longitude", "valid_from", "valid_to", "population", "population_certainty", "area",
    "ethnic_area", "island", "border",
]  # fmt: skip
# The columns in which an empty cell means that something is not known, or not over.
_MAY_BE_EMPTY = COMMUNE_COLUMNS[COMMUNE_COLUMNS.index("valid_to") :]
KeyPath = tuple[str | int, ...]

# The C loader parses a profile in a tenth of the time; both build the same nodes.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def slugs() -> list[str]:
    """The provinces of this deployment: the folders of `include/provinces`, in alphabetical order.

    Raises:
        ConfigurationError: when there is none.
    """
    folder = settings.include() / "provinces"
    found = sorted(path.name for path in folder.glob("*") if path.is_dir() and not path.name.startswith((".", "_")))
    if not found:
        raise ConfigurationError(f"{folder}: expected a folder per province with profile.yaml and communes.csv")
    return found


def load(slug: str) -> Profile:
    """The province's checked profile. Read again only when the file has changed.

    Raises:
        ConfigurationError: with every problem of the file at once, each with line, key path and what was expected.
    """
    path = settings.include() / "provinces" / slug / "profile.yaml"
    return _load(path, slug, _version(path))


def communes(slug: str, on: date | None = None) -> list[Commune]:
    """The province's communes in force on a day (default: today in Vietnam), ordered by code.

    Raises:
        ConfigurationError: with every problem of the file at once, each with row, column and what was expected.
    """
    day = on or clock.today()
    return [unit for unit in every_commune(slug) if unit.valid_from <= day and (unit.valid_to or day) >= day]


def every_commune(slug: str) -> list[Commune]:
    """Every row of the commune file, also those no longer or not yet in force."""
    profile = load(slug)
    path = settings.include() / "provinces" / slug / "communes.csv"
    return list(_communes(path, _version(path), profile.commune_count, profile.bounds))


def _version(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        raise ConfigurationError(f"{_shown(path)} is missing or cannot be read; expected a file") from None
    return state.st_mtime_ns, state.st_size


def _shown(path: Path) -> str:
    return str(path.relative_to(settings.root())) if path.is_relative_to(settings.root()) else str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError:
        raise ConfigurationError(f"{_shown(path)} is missing or cannot be read; expected a file") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{_shown(path)}: byte {error.start} is not UTF-8; save the file as UTF-8") from None


def _refuse(path: Path, problems: list[str]) -> None:
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ConfigurationError("\n  ".join([f"{_shown(path)} has {count}:", *problems]))


@lru_cache(maxsize=64)
def _load(path: Path, slug: str, version: tuple[int, int]) -> Profile:
    text = _text(path)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "unknown line"
        raise ConfigurationError(f"{_shown(path)}: {line}: not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError:
        raise ConfigurationError(f"{_shown(path)}: not valid YAML; it holds a character YAML does not allow") from None
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationError(f"{_shown(path)}: expected keys such as slug, code and name, found no mapping")
    lines: dict[KeyPath, int] = {}
    problems = _walk(root, (), lines)
    try:
        data = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError):
        problems.append("a value looks like a date or number but is none; expected for example 2026-05-15, or quotes")
        _refuse(path, problems)
    profile = None
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        problems += [_problem(detail, lines) for detail in error.errors(include_url=False, include_context=False)]
    if profile is not None and profile.slug != slug:
        problems.append(f"line {lines['slug',]}: slug: expected {slug!r}, the folder's name, found {profile.slug!r}")
    _refuse(path, problems)
    assert profile is not None
    return profile


def _walk(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]) -> list[str]:
    """Notes the line of every key path and returns the keys that are given twice."""
    lines.setdefault(path, node.start_mark.line + 1)
    problems = []
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                problems.append(f"line {line}: {_dotted((*path, name))}: expected once, first given in line {seen[name]}")
            seen.setdefault(name, line)
            lines[(*path, name)] = line
            problems += _walk(value, (*path, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            problems += _walk(value, (*path, number), lines)
    return problems


def _dotted(path: KeyPath) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".")


def _problem(detail: Any, lines: dict[KeyPath, int]) -> str:
    """One validation error as `line N: key.path: what was expected`."""
    located = list[str | int]()
    for part in detail["loc"]:
        # A tagged union adds its tag to the location; it is no key of the file.
        if (*located, part) in lines or part == detail["loc"][-1]:
            located.append(part)
    path = tuple(located)
    known = path
    while known not in lines:
        known = known[:-1]
    kind, found = detail["type"], detail["input"]
    if kind == "missing":
        message = "expected this key, it is missing"
    elif kind == "extra_forbidden":
        message = "unknown key; expected no key of this name here"
    elif kind == "value_error":
        message = _expected(detail["msg"])
    elif kind == "union_tag_not_found":
        path, message = (*path, "kind"), "expected this key, it is missing"
    else:
        message = _expected(detail["msg"])
        # Addresses are the only personal thing a profile holds.
        if isinstance(found, str | int | float | bool | date) and "@" not in str(found):
            message += f", found {str(found)[:40]!r}"
        elif found is None:
            message += ", found nothing"
    where = _dotted(path)
    return f"line {lines[known]}: {where + ': ' if where else ''}{message}"


def _expected(message: str) -> str:
    """Pydantic's sentence, turned to begin with "expected"."""
    message = message.removeprefix("Value error, ")
    return re.sub(r"^(?:Input|Value|\w+) should (?:be|have|match) ", "expected ", message)


@lru_cache(maxsize=64)
def _communes(path: Path, version: tuple[int, int], count: int, bounds: Bounds) -> tuple[Commune, ...]:
    rows = list(csv.reader(_text(path).splitlines()))
    if not rows or rows[0] != COMMUNE_COLUMNS:
        raise ConfigurationError(f"{_shown(path)}: row 1: expected the heading {','.join(COMMUNE_COLUMNS)}")
    problems: list[str] = []
    units: list[Commune] = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(COMMUNE_COLUMNS):
            problems.append(f"row {number}: expected {len(COMMUNE_COLUMNS)} columns, found {len(row)}")
            continue
        values: dict[str, Any] = dict(zip(COMMUNE_COLUMNS, row, strict=True))
        values.update({name: values[name] or None for name in _MAY_BE_EMPTY})
        try:
            unit = Commune.model_validate(values)
        except ValidationError as error:
            problems += [
                f"row {number}: {_dotted(detail['loc']) or 'row'}: {_expected(detail['msg'])}"
                for detail in error.errors(include_url=False, include_context=False)
            ]
            continue
        if not (bounds.south <= unit.latitude <= bounds.north and bounds.west <= unit.longitude <= bounds.east):
            problems.append(f"row {number}: latitude, longitude: expected a place within the profile's bounds")
        units.append(unit)
    for code, times in sorted(Counter((unit.code, unit.valid_from) for unit in units).items()):
        if times > 1:
            problems.append(f"code {code[0]}: expected once per valid_from, found {times} times")
    in_force = sum(unit.valid_to is None for unit in units)
    if not problems and in_force != count:
        problems.append(f"expected {count} communes without valid_to (commune_count of the profile), found {in_force}")
    _refuse(path, problems)
    return tuple(sorted(units, key=lambda unit: (unit.code, unit.valid_from)))
