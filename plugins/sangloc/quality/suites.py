"""The suites of `include/expectations/*.yaml`, one per published table, checked when read."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.quality.predicates import EXPECTATIONS

Asset = Literal["roster", "exams", "health_books", "plan"]
Severity = Literal["info", "warning", "critical"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Rule(BaseModel):
    """One check. `expectation` and `kwargs` are Great Expectations' own; `id` and `severity` go with the outcome."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
    name_vi: Text
    expectation: str
    kwargs: dict[str, Any]
    severity: Severity

    @model_validator(mode="after")
    def _known(self) -> Rule:
        if self.expectation not in EXPECTATIONS:
            raise ValueError(f"expectation: expected one of {', '.join(sorted(EXPECTATIONS))}")
        required = set(EXPECTATIONS[self.expectation].columns)
        missing = sorted(required - set(self.kwargs))
        if missing:
            raise ValueError(f"kwargs: expected {', '.join(missing)} for {self.expectation}")
        return self

    @property
    def columns(self) -> list[str]:
        """The columns the rule looks at."""
        found: list[str] = []
        for argument in EXPECTATIONS[self.expectation].columns:
            value = self.kwargs[argument]
            found += value if isinstance(value, list) else [value]
        return found

    @property
    def quarantines(self) -> bool:
        """Whether rows that break the rule go into quarantine.

        A rule with `mostly` is about the table's share, not about a row; one of severity `info` finds no fault.
        """
        return "mostly" not in self.kwargs and self.severity != "info"


class Suite(BaseModel):
    """The rules of one table. The rows they see come from `include/sql/quality/rows/<suite>.sql`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    table: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]
    asset: Asset
    name_vi: Text
    rules: Annotated[list[Rule], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Suite:
        if self.name != self.table.replace(".", "_"):
            raise ValueError(f"table: expected the table the file is named after, found {self.table!r}")
        ids = [rule.id for rule in self.rules]
        twice = sorted({identifier for identifier in ids if ids.count(identifier) > 1})
        if twice:
            raise ValueError(f"rules: expected each id once, {', '.join(twice)} repeats")
        return self


def suites() -> list[str]:
    """The names of all suites, `<schema>_<table>`, in alphabetical order.

    Raises:
        ConfigurationError: when there is none.
    """
    folder = settings.include() / "expectations"
    found = sorted(path.stem for path in folder.glob("*.yaml"))
    if not found:
        raise ConfigurationError(f"{folder}: expected a suite per published table, found none")
    return found


def suites_for(asset: Asset) -> list[str]:
    """The names of the suites of the tables behind an asset.

    Raises:
        ConfigurationError: when a suite is wrong, or no suite belongs to the asset.
    """
    found = [name for name in suites() if load_suite(name).asset == asset]
    if not found:
        raise ConfigurationError(f"no suite in include/expectations has the asset {asset!r}")
    return found


def load_suite(name: str) -> Suite:
    """The suite of `include/expectations/<name>.yaml`. Read again only when the file has changed.

    Raises:
        ConfigurationError: with every problem of the file at once: key and what was expected.
    """
    path = settings.include() / "expectations" / f"{name}.yaml"
    try:
        version = path.stat().st_mtime_ns
    except OSError:
        raise ConfigurationError(f"include/expectations/{name}.yaml is missing; expected a suite") from None
    return _load(str(path), name, version)


@functools.lru_cache(maxsize=128)
def _load(path: str, name: str, version: int) -> Suite:
    shown = f"include/expectations/{name}.yaml"
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            content = yaml.safe_load(file)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigurationError(f"{shown}: {f'line {mark.line + 1}: ' if mark else ''}not valid YAML") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{shown}: expected the keys table, asset, name_vi and rules")
    try:
        return Suite.model_validate({"name": name, **content})
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, detail['loc']))}: {detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_url=False, include_context=False)
        ]
        raise ConfigurationError("\n  ".join([f"{shown} is wrong:", *problems])) from None
