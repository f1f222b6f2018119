"""Target groups by rules that are data (`include/roster/groups.yaml` and the priority groups of a province's profile).

What the rules ask of a person becomes a short text, the key; people with one key share a set of groups, and the rules are
applied to a key once, when it is seen for the first time. A key can be read back, so that a birthday, or a changed rule,
gives a person another set without their list.
"""

from __future__ import annotations

import functools
import hashlib
import json
from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sangloc import audit, clock, settings
from sangloc.errors import ConfigurationError
from sangloc.intake import map_unique, name_fold
from sangloc.provinces import PriorityGroup, communes, load, slugs

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Connection

# Raised when the same rules come to other groups than before.
_EVALUATION = 1
# A list that was being merged while birthdays were followed may have brought people as old as on the days before.
_OVERLAP = timedelta(days=7)
_KINH = "01"
_SEXES = {1: "male", 2: "female"}

Certainty = Literal["verified", "second_hand", "assumed"]
Flag = Literal["area_1", "area_2", "area_3", "ethnic_area", "island", "border", "special_zone"]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Alternative(_Strict):
    """What all has to hold; see the head of groups.yaml."""

    label: Annotated[list[str], BeforeValidator(_listed)] = []
    age_from: Annotated[int, Field(ge=0, le=130)] | None = None
    age_below: Annotated[int, Field(ge=1, le=131)] | None = None
    sex: Literal["male", "female"] | None = None
    ethnic: Literal["kinh", "not_kinh"] | None = None
    residence: Annotated[list[Literal["permanent", "temporary_12m", "temporary_short"]], BeforeValidator(_listed)] = []
    insurance: Literal["missing"] | None = None
    relation: Annotated[list[str], BeforeValidator(_listed)] = []
    commune: Annotated[list[Flag], BeforeValidator(_listed)] = []

    @model_validator(mode="after")
    def _asks_something(self) -> _Alternative:
        if self.model_dump(exclude_defaults=True) == {}:
            raise ValueError("expected at least one condition")
        if self.age_from is not None and self.age_below is not None and self.age_from >= self.age_below:
            raise ValueError("expected age_from below age_below")
        return self


class _Rule(_Strict):
    name_vi: Annotated[str, Field(min_length=1)]
    codes: Annotated[dict[str, Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]], Field(min_length=1)]
    any: Annotated[list[_Alternative], Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    certainty: Certainty


class _CodeSet(_Strict):
    name_vi: str
    valid_from: date | None = None
    valid_to: date | None = None


class _Source(_Strict):
    source: Annotated[str, Field(min_length=1)]
    certainty: Certainty


class _Priority(_Strict):
    code_set: str
    name_vi: str
    made_of: str
    sources: dict[str, _Source]


class _File(_Strict):
    code_sets: dict[str, _CodeSet]
    rules: Annotated[list[_Rule], Field(min_length=1)]
    priority: _Priority


@dataclass(frozen=True)
class _Known:
    """What the rules may ask of a person, as a key holds it. `age` is the lower end of a bracket, in years."""

    rules_hash: str
    slug: str
    flags: str = ""
    age: str = "0"
    sex: str = ""
    ethnic: str = ""
    residence: str = ""
    insurance: str = ""
    relation: str = ""
    labels: str = ""

    @property
    def key(self) -> str:
        return "|".join(vars(self).values())

    @property
    def reasons(self) -> frozenset[str]:
        """The reasons of the labels on the list."""
        pairs = (pair.partition("=")[2] for pair in self.labels.split(";"))
        return frozenset(reason for pair in pairs for reason in pair.split("+") if reason)


@dataclass(frozen=True)
class _Member:
    code_set: str
    code: str
    reason: str
    priority: int


@dataclass(frozen=True)
class _Book:
    """The rules of one province."""

    file: _File
    rules_hash: str
    slug: str
    groups: tuple[PriorityGroup, ...]
    # Commune code to its flags, joined by +.
    flags: dict[str, str]
    # Ages in years at which somebody's groups may change, ascending.
    thresholds: tuple[int, ...]
    # Fields of `_Known` that some rule asks for.
    asked: frozenset[str]
    # Relations that some rule asks for, folded.
    relations: frozenset[str]
    # (code set, code) to its place among the priority groups.
    priorities: dict[tuple[str, str], int]

    def relation(self, text: str) -> str:
        """A relation some rule asks for, folded; empty for any other."""
        folded = name_fold(text)
        return folded if folded in self.relations else ""

    def members(self, known: _Known) -> list[_Member]:
        """The groups of everyone of whom this is known, ordered by code set and code."""
        found: dict[tuple[str, str], set[str]] = {}
        labels, flags = known.reasons, frozenset(known.flags.split("+"))
        for rule in self.file.rules:
            reasons: set[str] = set()
            for alternative in rule.any:
                reasons |= _reasons(alternative, known, labels, flags)
            if reasons:
                for code_set, code in rule.codes.items():
                    found[code_set, code] = reasons
        made_of, code_set = self.file.priority.made_of, self.file.priority.code_set
        for group in self.groups:
            reasons = set().union(*(found.get((made_of, str(code)), ()) for code in group.codes))
            if _has_bounds(group) and _of_age(group, known):
                reasons.add("age")
            if reasons:
                found[code_set, group.id] = reasons
        return [
            _Member(code_set, code, "+".join(sorted(reasons)), self.priorities[code_set, code])
            for (code_set, code), reasons in sorted(found.items())
        ]


def _priorities(file: _File, groups: Sequence[PriorityGroup]) -> dict[tuple[str, str], int]:
    """For every code its place: of the first priority group that it makes or is, 0 for none."""
    places = {str(code): place for place, group in reversed(list(enumerate(groups, start=1))) for code in group.codes}
    own = {(file.priority.code_set, group.id): place for place, group in enumerate(groups, start=1)}
    return own | {
        (code_set, code): places.get(rule.codes.get(file.priority.made_of, ""), 0)
        for rule in file.rules
        for code_set, code in rule.codes.items()
    }


def _has_bounds(bounds: PriorityGroup | _Alternative) -> bool:
    return bounds.age_from is not None or bounds.age_below is not None


def _of_age(bounds: PriorityGroup | _Alternative, known: _Known) -> bool:
    age = int(known.age)
    return (bounds.age_from or 0) <= age and (bounds.age_below is None or age < bounds.age_below)


def _reasons(asked: _Alternative, known: _Known, labels: frozenset[str], flags: frozenset[str]) -> set[str]:
    """Why the alternative holds; empty when it does not."""
    reasons: set[str] = set()
    for name, given, wanted in (("label", labels, asked.label), ("commune", flags, asked.commune)):
        if wanted:
            if not (common := given.intersection(wanted)):
                return set()
            reasons.update(f"{name}:{one}" for one in common)
    if _has_bounds(asked):
        if not _of_age(asked, known):
            return set()
        reasons.add("age")
    for name, one, allowed in (
        ("sex", known.sex, asked.sex and [asked.sex]),
        ("ethnic", known.ethnic, asked.ethnic and [asked.ethnic]),
        ("residence", known.residence, asked.residence),
        ("insurance", known.insurance, asked.insurance and [asked.insurance]),
        ("relation", known.relation, [name_fold(relation) for relation in asked.relation]),
    ):
        if allowed:
            if one not in allowed:
                return set()
            reasons.add(name)
    return reasons


def _paths() -> list[Path]:
    include = settings.include()
    folders = [include / "provinces" / slug for slug in slugs()]
    return [
        include / "roster" / "groups.yaml",
        include / "intake" / "groups.yaml",
        *(folder / name for folder in folders for name in ("profile.yaml", "communes.csv")),
    ]


def _book(slug: str) -> _Book:
    versions = []
    for path in _paths():
        try:
            state = path.stat()
        except OSError:
            raise ConfigurationError(f"{path} is missing or cannot be read; expected a file") from None
        versions.append((path, state.st_mtime_ns, state.st_size))
    books = _books(tuple(versions), clock.today())
    if slug not in books:
        raise ConfigurationError(f"no province {slug!r}; expected one of {', '.join(sorted(books))}")
    return books[slug]


@functools.lru_cache(maxsize=8)
def _books(versions: tuple[tuple[Path, int, int], ...], today: date) -> dict[str, _Book]:
    """The rules of every province, by its slug. `versions` are the files they are made of, as they are now."""
    file = _read(versions[0][0])
    _check_labels(file, versions[0][0], _label_reasons(versions[1][0]))
    groups = {slug: tuple(load(slug).priority_groups) for slug in slugs()}
    flags = {slug: {unit.code: "+".join(sorted(unit.flags)) for unit in communes(slug, today)} for slug in groups}
    for slug, of_province in groups.items():
        for group in of_province:
            if group.id not in file.priority.sources:
                raise ConfigurationError(
                    f"{versions[0][0]}: priority.sources: expected the source of {group.id!r}, "
                    f"a priority group of include/provinces/{slug}/profile.yaml"
                )
    facts = [
        _EVALUATION,
        file.model_dump(mode="json"),
        {slug: [group.model_dump(mode="json") for group in of_province] for slug, of_province in groups.items()},
        flags,
    ]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]
    alternatives = [alternative for rule in file.rules for alternative in rule.any]
    asked = {name for alternative in alternatives for name in alternative.model_dump(exclude_defaults=True)}
    relations = frozenset(name_fold(relation) for alternative in alternatives for relation in alternative.relation)
    return {
        slug: _Book(
            file,
            digest,
            slug,
            of_province,
            flags[slug],
            _thresholds([*alternatives, *of_province]),
            frozenset(asked),
            relations,
            _priorities(file, of_province),
        )
        for slug, of_province in groups.items()
    }


def _thresholds(bounds: Sequence[_Alternative | PriorityGroup]) -> tuple[int, ...]:
    return tuple(sorted({age for bound in bounds for age in (bound.age_from, bound.age_below) if age}))


def _read(path: Path) -> _File:
    data = _yaml(path)
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        problems = [
            f"{_place(detail['loc'], data)}: {_expectation(detail)}"
            for detail in error.errors(include_url=False, include_context=False)
        ]
        raise ConfigurationError("\n  ".join([f"{path}:", *problems])) from None
    problems = []
    seen: set[tuple[str, str]] = set()
    for number, rule in enumerate(file.rules):
        where = f"rules[{number}] ({rule.name_vi})"
        for code_set, code in rule.codes.items():
            if code_set not in file.code_sets:
                problems.append(f"{where}.codes: expected one of {', '.join(file.code_sets)}, {code_set!r} is none")
            if (code_set, code) in seen:
                problems.append(f"{where}.codes: expected each code once, {code_set} {code} has a rule before")
            seen.add((code_set, code))
    if file.priority.made_of not in file.code_sets or file.priority.code_set in file.code_sets:
        problems.append("priority: expected made_of to be one of code_sets, and code_set to be none of them")
    if problems:
        raise ConfigurationError("\n  ".join([f"{path}:", *problems]))
    return file


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise ConfigurationError(f"{path}: expected a readable YAML file in UTF-8") from None


def _place(location: tuple[int | str, ...], data: Any) -> str:
    """`rules[3] (Người cao tuổi).any[0].age_form`"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if len(location) > 1 and location[0] == "rules":
        try:
            return text.replace("]", f"] ({data['rules'][location[1]]['name_vi']})", 1)
        except (KeyError, TypeError):
            pass
    return text or "the file"


def _expectation(detail: Any) -> str:
    if detail["type"] == "extra_forbidden":
        return "unknown key; expected none of this name here"
    if detail["type"] == "missing":
        return "expected this key, it is missing"
    message: str = detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    found = detail["input"]
    return f"{message}, found {str(found)[:40]!r}" if isinstance(found, str | int | float) else message


def _label_reasons(path: Path) -> dict[str, str]:
    """The reasons that labels on a commune's list stand for, each with the first of its labels."""
    data = _yaml(path)
    try:
        return {group["reason"]: group["labels"][0] for group in data["groups"]}
    except (KeyError, TypeError, IndexError):
        raise ConfigurationError(f"{path}: expected 'groups' (code, reason, labels)") from None


def _check_labels(file: _File, path: Path, known: dict[str, str]) -> None:
    for number, rule in enumerate(file.rules):
        for label in (label for alternative in rule.any for label in alternative.label):
            if label not in known:
                raise ConfigurationError(
                    f"{path}: rules[{number}] ({rule.name_vi}): label: expected a reason of include/intake/groups.yaml, "
                    f"{label!r} is none"
                )


def rules_hash() -> str:
    """Twelve hexadecimal digits that change with any rule, priority group of a profile, or flag of a commune.

    Raises:
        ConfigurationError: with file, rule and what was expected, when a file is wrong.
    """
    return _book(slugs()[0]).rules_hash


def assign(frame: pl.DataFrame, slug: str, commune_code: str, today: date) -> pl.Series:
    """The key of each row's target groups; equal keys mean equal groups.

    Args:
        frame: `groups` (canonical `code=reason` pairs, as `labels.group_pairs` gives them), `birth_date`, and where
            rules ask for them `sex`, `ethnic_code`, `residence`, `insurance_no`, `relation`.
        slug: the province's folder name.
        commune_code: five digits, the commune whose list this is.
        today: ages are those in completed years on this day.

    Returns:
        Text, none of it empty: also someone who is in no group may be in one after a birthday.

    Raises:
        ConfigurationError: when the rules or a profile are wrong.
    """
    import polars as pl

    book = _book(slug)
    parts = _Known(book.rules_hash, slug, book.flags.get(commune_code, ""))
    age = pl.lit("0")
    for years in book.thresholds:
        age = pl.when(pl.col("birth_date") <= born_until(today, years)).then(pl.lit(str(years))).otherwise(age)
    empty = pl.lit("")
    asked: dict[str, pl.Expr] = {
        "age": age,
        "sex": pl.col("sex").replace_strict(_SEXES, default="", return_dtype=pl.String),
        "ethnic": pl.when(pl.col("ethnic_code") == _KINH)
        .then(pl.lit("kinh"))
        .when(pl.col("ethnic_code").is_not_null())
        .then(pl.lit("not_kinh"))
        .otherwise(empty),
        "residence": pl.col("residence"),
        "insurance": pl.when(pl.col("insurance_no").is_null()).then(pl.lit("missing")).otherwise(empty),
    }
    columns = {name: column for name, column in asked.items() if name == "age" or name in book.asked}
    if "relation" in book.asked:
        relations = map_unique(frame["relation"].fill_null(""), book.relation)
        columns["relation"] = pl.lit(pl.Series("relation", relations, pl.String))
    constants = vars(replace(parts, labels=""))
    texts = [columns.get(name, pl.lit(value)) for name, value in constants.items() if name != "labels"]
    return frame.select(pl.concat_str([*texts, pl.col("groups").fill_null("")], separator="|").alias("group_key")).to_series()


def group_set_ids(conn: Connection, keys: Iterable[str]) -> dict[str, int | None]:
    """The id of each key's set; sets that are new are written at once, in a transaction of their own.

    They are no part of what `conn` is doing: everybody shares them, and a list that is being merged for minutes must
    not make others wait for a set.

    Args:
        keys: as `assign` gave them; an empty one has no set.

    Raises:
        ConfigurationError: a new key was made by rules that are not those of now.
    """
    from sangloc.warehouse import sql, transaction

    asked = set(keys)
    wanted = sorted(asked - {""})
    find = sql("roster/groups_find")
    found: dict[str, int] = {row.key: row.group_set_id for row in conn.execute(find, {"keys": wanted})}
    if missing := [key for key in wanted if key not in found]:
        members = _members(missing)
        with transaction() as own:
            own.execute(sql("roster/groups_add"), {"keys": missing})
            own.execute(sql("roster/groups_add_members"), {"members": json.dumps(members)})
            found |= {row.key: row.group_set_id for row in own.execute(find, {"keys": missing})}
    return {key: found.get(key) for key in asked}


def _members(keys: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of roster.group_set_member that these keys come to."""
    known = [_Known(*key.split("|")) for key in keys]
    books = {slug: _book(slug) for slug in {one.slug for one in known}}
    if any(one.rules_hash != books[one.slug].rules_hash for one in known):
        raise ConfigurationError("the rules of target groups changed while they were being applied; run the task again")
    return [
        {"key": one.key, "code_set": member.code_set, "group_code": member.code, "reason": member.reason,
         "priority": member.priority}
        for one in known
        for member in books[one.slug].members(one)
    ]  # fmt: skip


def born_until(day: date, years: int) -> date:
    """The latest birthday of those who have completed `years` on `day`; 29 February comes on the 28th in other years."""
    year = day.year - years
    if (day.month, day.day) == (2, 28) and isleap(year) and not isleap(day.year):
        return date(year, 2, 29)
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def age_groups(slug: str) -> int:
    """Bring everyone's groups up to today: birthdays that reached an age of a rule, and rules that changed.

    History does not take part: a group that follows from a birth date and a rule can be derived for any day. After a
    gap of months one call catches up; a second call on the same day changes nothing.

    Args:
        slug: the province's folder name.

    Returns:
        The number of people (not listings) who got another set.

    Raises:
        ConfigurationError: when the rules or a profile are wrong.
    """
    from sangloc.warehouse import advisory_lock, sql, transaction

    book = _book(slug)
    province = {"province_code": load(slug).code}
    today = clock.today()
    with transaction() as conn:
        last = conn.execute(sql("roster/aged_day"), province).one_or_none()
        same_rules = last is not None and last.rules_hash == book.rules_hash
        outdated: list[str] = []
        if not same_rules:
            found = conn.execute(sql("roster/aged_communes"), {**province, "rules_hash": book.rules_hash})
            outdated = [row.commune_code for row in found]
    changed = sum(_regroup(book, commune_code, today) for commune_code in outdated)
    with transaction() as conn:
        advisory_lock(conn, f"roster:{province['province_code']}")
        if last is not None and same_rules:
            changed += _follow_birthdays(conn, book, last.reached_on - _OVERLAP, today)
        else:
            conn.execute(sql("roster/groups_unpublish"), province)
            conn.execute(sql("roster/groups_publish"), {**province, "groups": json.dumps(_published(book))})
        conn.execute(sql("roster/aged_remember"), {**province, "reached_on": today, "rules_hash": book.rules_hash})
    # In fours, because twelve digits without a letter would look like a personal number.
    audit.note(groups_changed=changed, group_rules="-".join(book.rules_hash[at : at + 4] for at in range(0, 12, 4)))
    return changed


def _follow_birthdays(conn: Connection, book: _Book, since: date, today: date) -> int:
    """People whose birthday reached a threshold after `since`: the same key with another age, another set."""
    from sangloc.warehouse import sql

    changed = 0
    for place, years in enumerate(book.thresholds):
        later = book.thresholds[place + 1 : place + 2]
        born = {
            "province_code": load(book.slug).code,
            "born_after": max([born_until(since, years), *(born_until(today, next_years) for next_years in later)]),
            "born_until": born_until(today, years),
        }
        old = {row.group_set_id: _Known(*row.key.split("|")) for row in conn.execute(sql("roster/aged_sets"), born)}
        keys = {
            group_set_id: replace(known, age=str(years)).key
            for group_set_id, known in old.items()
            if known.rules_hash == book.rules_hash and known.age != str(years)
        }
        if keys:
            ids = group_set_ids(conn, keys.values())
            change = {**born, "old_ids": list(keys), "new_ids": [ids[key] for key in keys.values()]}
            changed += conn.execute(sql("roster/aged_people"), change).rowcount
            conn.execute(sql("roster/aged_claims"), change)
    return changed


def _regroup(book: _Book, commune_code: str, today: date) -> int:
    """Gives the people of a commune whose set was made by other rules a set by these."""
    import polars as pl

    from sangloc.warehouse import advisory_lock, sql, transaction

    place = {"province_code": load(book.slug).code, "commune_code": commune_code}
    with transaction() as conn:
        advisory_lock(conn, f"roster:{place['province_code']}")
        found = conn.execute(sql("roster/aged_outdated"), {**place, "rules_hash": book.rules_hash})
        types = {"sex": pl.Int16, "birth_date": pl.Date, "person_id": pl.Int64, "is_claim": pl.Boolean}
        schema = {name: types.get(name, pl.String) for name in found.keys()}  # noqa: SIM118
        frame = pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")
        if frame.is_empty():
            return 0
        labels = pl.Series("groups", map_unique(frame["key"].fill_null(""), _labels), pl.String)
        keys = assign(frame.with_columns(labels), book.slug, commune_code, today)
        ids = group_set_ids(conn, keys.unique().to_list())
        sets = keys.replace_strict(ids, return_dtype=pl.Int64)
        counts = []
        for statement, is_claim in (("roster/aged_regroup_people", False), ("roster/aged_regroup_claims", True)):
            of_kind = frame["is_claim"] == is_claim
            given = {
                "person_ids": frame.filter(of_kind)["person_id"].to_list(),
                "group_set_ids": sets.filter(of_kind).to_list(),
            }
            values = given if not is_claim else {**given, "commune_code": commune_code}
            counts.append(conn.execute(sql(statement), values).rowcount)
    return counts[0]


def _labels(key: str) -> str:
    """What the list said, out of a key: of these rules, of other ones, or of the time before rules (`QD2062:3=poor;…`)."""
    if "|" in key:
        return key.rpartition("|")[2]
    pairs = (pair.partition(":")[2] for pair in key.split(";"))
    return ";".join(sorted(pair for pair in pairs if pair and not pair.endswith("=age")))


def _published(book: _Book) -> list[dict[str, Any]]:
    """Every group of the province, as roster.target_group shows it."""
    words = _label_reasons(_paths()[1])
    made: list[dict[str, Any]] = []
    for rule in book.file.rules:
        condition = "; hoặc ".join(_in_words(alternative, words) for alternative in rule.any)
        for code_set, code in rule.codes.items():
            days = book.file.code_sets[code_set]
            made.append(_row(code_set, code, rule.name_vi, condition, rule, book.priorities[code_set, code], days))
    priority = book.file.priority
    for group in book.groups:
        parts = [f"thuộc mã {', '.join(map(str, group.codes))} của {priority.made_of}"] if group.codes else []
        parts += [_age_in_words(group)] if _has_bounds(group) else []
        place = book.priorities[priority.code_set, group.id]
        source = priority.sources[group.id]
        made.append(_row(priority.code_set, group.id, group.name_vi, "; hoặc ".join(parts), source, place, None))
    return made


def _row(
    code_set: str, code: str, name_vi: str, condition_vi: str, source: _Rule | _Source, place: int, days: _CodeSet | None
) -> dict[str, Any]:
    return {
        "code_set": code_set,
        "group_code": code,
        "name_vi": name_vi,
        "condition_vi": condition_vi,
        "source": source.source,
        "certainty": source.certainty,
        "priority": place,
        "valid_from": days.valid_from.isoformat() if days and days.valid_from else None,
        "valid_to": days.valid_to.isoformat() if days and days.valid_to else None,
    }


_WORDS = {
    "male": "nam", "female": "nữ", "kinh": "dân tộc Kinh", "not_kinh": "dân tộc khác Kinh", "permanent": "thường trú",
    "temporary_12m": "tạm trú từ 12 tháng", "temporary_short": "tạm trú dưới 12 tháng", "area_1": "khu vực I",
    "area_2": "khu vực II", "area_3": "khu vực III", "ethnic_area": "vùng đồng bào dân tộc thiểu số và miền núi",
    "island": "xã đảo", "border": "xã biên giới", "special_zone": "đặc khu",
}  # fmt: skip


def _in_words(asked: _Alternative, labels: dict[str, str]) -> str:
    def either(names: Iterable[str], words: dict[str, str]) -> str:
        return " hoặc ".join(words.get(name, name) for name in names)

    parts = [
        f"danh sách ghi {either(asked.label, {label: f'“{words}”' for label, words in labels.items()})}" if asked.label else "",
        _age_in_words(asked) if _has_bounds(asked) else "",
        _WORDS[asked.sex] if asked.sex else "",
        _WORDS[asked.ethnic] if asked.ethnic else "",
        either(asked.residence, _WORDS),
        "danh sách không ghi số BHYT" if asked.insurance else "",
        f"quan hệ với chủ hộ là {either(asked.relation, {})}" if asked.relation else "",
        f"sống tại {either(asked.commune, _WORDS)}" if asked.commune else "",
    ]
    return " và ".join(part for part in parts if part)


def _age_in_words(bounds: PriorityGroup | _Alternative) -> str:
    low = f"từ đủ {bounds.age_from} tuổi" if bounds.age_from is not None else ""
    high = f"dưới {bounds.age_below} tuổi" if bounds.age_below is not None else ""
    return " ".join(part for part in (low, high) if part)
