"""Whether a commune's list may change the roster by itself, or has to wait for an officer. No database here."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.intake import name_key
from sangloc.provinces import communes, load, slugs

if TYPE_CHECKING:
    from decimal import Decimal

    from sangloc.provinces import Commune, RosterBounds

PROVINCE = "province"
_COMMUNE_KINDS = ("xã", "phường", "thị trấn", "đặc khu")
_PROVINCE_KINDS = ("tỉnh", "thành phố", "tp")


@dataclass(frozen=True)
class Facts:
    """What a list says of itself and would do to the roster, in counts and codes.

    `list_kind` is `full`, `changes`, `returned` (rejects that were corrected) or `addition` (closes nobody).
    `period` and `loaded_period` are `YYYY-MM`: of the list, and the newest one loaded for the commune. `names_other` is
    the code of the commune that the title names instead of this one, or `province` (see `place_named_otherwise`).
    `people_before`, `people_after`, `closed` and `arrived` count people of the commune; who arrived is new or moved in.
    `known` counts accepted rows whose person the roster knew, anywhere; `elsewhere` those of them who live in the one
    other commune that has the most of them.
    """

    list_kind: str
    period: str | None
    loaded_period: str | None
    names_other: str | None
    people_before: int
    people_after: int
    closed: int
    arrived: int
    rows_read: int
    rows_rejected: int
    rows_repeated: int
    known: int
    elsewhere: int


@dataclass(frozen=True)
class Reason:
    """Why a list waits: a code with sentences in include/intake/reasons.yaml, and the counts, limits and codes in them.

    Every reason of a list carries the same counts of the list as a whole beside its own. `wrong_commune` has `named`
    when the title says so and `elsewhere` when the people do.
    """

    code: str
    details: dict[str, int | str]


def check(facts: Facts, bounds: RosterBounds) -> list[Reason]:
    """The reasons why a list has to wait; none when it may change the roster.

    Every kind of list is asked whose it is, how old it is, and how many people it takes away. A list of corrected
    rejects (`returned`) brings what the list before it could not, as often as it takes: neither growth nor the share
    of faulty rows is held against it. A commune with hardly anyone on its roster grows by its first list.

    Args:
        bounds: the province's, from the section `roster` of its profile. A share at its bound passes.
    """
    counts: dict[str, int | str] = {
        "rows": facts.rows_read,
        "rejected": facts.rows_rejected,
        "repeated": facts.rows_repeated,
        "before": facts.people_before,
        "after": facts.people_after,
        "closed": facts.closed,
        "arrived": facts.arrived,
    }
    found: list[Reason] = []

    def hold(code: str, **details: int | str) -> None:
        found.append(Reason(code, counts | details))

    def share(code: str, part: int, whole: int, fewest: int, limit: Decimal, **details: int) -> None:
        if whole >= fewest and Fraction(part, whole) > Fraction(limit):
            hold(code, **details, share=_percent_above(part, whole), limit=_percent(limit))

    if facts.names_other == PROVINCE:
        hold("wrong_province")
    elif facts.names_other:
        hold("wrong_commune", named=facts.names_other)
    accepted = facts.rows_read - facts.rows_rejected
    share(
        "wrong_commune",
        facts.elsewhere,
        accepted,
        bounds.fewest_rows,
        bounds.most_elsewhere_share,
        accepted=accepted,
        elsewhere=facts.elsewhere,
    )
    if facts.period and facts.loaded_period and facts.period < facts.loaded_period:
        hold("older_period", period=facts.period, loaded=facts.loaded_period)
    people = facts.people_before, bounds.fewest_people
    share("people_fell", facts.closed, *people, bounds.most_closed_share)
    if facts.list_kind != "returned":
        rows = facts.rows_read, bounds.fewest_rows
        share("people_grew", facts.arrived, *people, bounds.most_arrived_share)
        share("many_rejected", facts.rows_rejected, *rows, bounds.most_rejected_share)
        share("many_repeated", facts.rows_repeated, *rows, bounds.most_repeated_share)
    return found


def _percent(share: Decimal) -> str:
    return f"{share * 100:f}".rstrip("0").rstrip(".").replace(".", ",") if share else "0"


def _percent_above(part: int, whole: int) -> str:
    """In per cent, rounded up to a tenth, so that what is above its bound never reads as if it were at it."""
    tenths = math.ceil(Fraction(part * 1000, whole))
    return f"{tenths // 10},{tenths % 10}" if tenths % 10 else f"{tenths // 10}"


def place_named_otherwise(title: str, slug: str, commune_code: str) -> str | None:
    """The place that a list's title clearly names instead of the commune it was handed in for.

    Names are compared with their diacritics (Cẩm Giang is not Cẩm Giàng) but wherever the tone mark stands. Only a
    kind with a whole name counts (`UBND xã Tân Thành`, not `Tân Thành`); a title that also names the commune itself,
    or a former unit of it (`former_names` of the profile), is about that commune.

    Args:
        title: the text above a list's headings, lines joined in any way.
        slug: the province's folder name.
        commune_code: of the commune it was handed in for.

    Returns:
        The code of the one other commune of the province that is named; `province` when it is another province and
        not this one; None when nothing of that kind is clear.
    """
    text = f" {name_key(title)} "
    if not text.strip():
        return None
    profile, units = load(slug), communes(slug)
    own = next((unit for unit in units if unit.code == commune_code), None)
    named_itself = own is not None and _names_commune(text, own, profile.roster.former_names.get(commune_code, []))
    other = _other_province(text, profile.short_name)
    if other and (not named_itself or _has_commune(other, own)):
        return PROVINCE
    if named_itself:
        return None
    named = [unit.code for unit in units if unit.code != commune_code and _says(text, unit.name)]
    return named[0] if len(named) == 1 else None


def _says(text: str, name: str) -> bool:
    """Whether `name` stands in the text. A number after it belongs to it: Phường Đông Hải 2 was not Phường Đông Hải."""
    return re.search(rf" {re.escape(name_key(name))} (?!\d{{1,2}} )", text) is not None


def _bare(unit: Commune) -> str:
    return unit.name[len(unit.kind) :].strip()


def _names_commune(text: str, unit: Commune, former: list[str]) -> bool:
    return any(_says(text, name) for name in (*(f"{kind} {_bare(unit)}" for kind in _COMMUNE_KINDS), *former))


def _other_province(text: str, short_name: str) -> str | None:
    """The other province of today that the text names, unless it names this one too."""
    named = {
        today
        for today, names in _provinces().items()
        if any(_says(text, f"{kind} {name}") for name in names for kind in _PROVINCE_KINDS)
    }
    return named.pop() if len(named) == 1 and short_name not in named else None


def _has_commune(province: str, own: Commune | None) -> bool:
    """Whether a commune of this kind and name exists there too, as far as this deployment knows that province."""
    return own is not None and any(
        name_key(unit.name) == name_key(own.name)
        for slug in slugs()
        if load(slug).short_name == province
        for unit in communes(slug)
    )


@functools.cache
def _provinces() -> dict[str, tuple[str, ...]]:
    """Each province of today with the names it goes by: its own and those of the provinces that went into it."""
    path = settings.include() / "intake" / "provinces.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))["provinces"]
        return {str(today): (str(today), *map(str, former)) for today, former in data.items()}
    except (OSError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        raise ConfigurationError(f"{path}: expected a mapping 'provinces' of name to a list of former names") from None
