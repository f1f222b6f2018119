"""The people of one commune: ages, households, names, numbers, groups, all from the commune's own streams."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sangloc.sample import reference
from sangloc.sample.draw import Bools, Draw, Floats, Ints
from sangloc.sample.numbers import NumberSpace

EPOCH = date(1970, 1, 1).toordinal()
YEAR = 365.2425

HEAD, WIFE, HUSBAND, CHILD, FATHER, MOTHER, GRANDCHILD, RELATIVE = range(8)
RELATIONS = ("Chủ hộ", "Vợ", "Chồng", "Con", "Bố", "Mẹ", "Cháu", "Người thân khác")
RESIDENCES = ("Thường trú", "Tạm trú từ 12 tháng", "Tạm trú dưới 12 tháng")
GROUPS = (
    "Người cao tuổi",
    "Khuyết tật",
    "Hộ nghèo",
    "Hộ cận nghèo",
    "Người có công",
    "Bệnh mạn tính",
    "Học sinh",
    "Trẻ mầm non",
    "Sinh viên",
    "Người lao động",
)
ELDERLY, DISABLED, POOR, NEAR_POOR, MERIT, CHRONIC, PUPIL, NURSERY, STUDENT, WORKER = range(10)


@dataclass(frozen=True)
class Place:
    """A commune of the sample: its position among the communes, code, name, kind and number of people."""

    index: int
    code: str
    name: str
    urban: bool
    special: bool
    size: int


@dataclass(frozen=True)
class World:
    """What all communes of one sample share."""

    slug: str
    province_code: str
    province_name: str
    seed: int
    as_of: date
    places: tuple[Place, ...]
    numbers: NumberSpace
    exams_until: date

    def draw(self, place: Place, topic: str) -> Draw:
        """The stream of a topic in a commune."""
        return Draw(self.slug, self.seed, self.as_of, len(self.places), place.code, place.size, topic)


@dataclass
class People:
    """The people of a commune, one position each.

    First the `residents` people of the roster, then `newborns` (born before `as_of`, on next month's roster only), then
    people who are on no roster. Children come after their guardians in `order`, the order of the roster's rows.
    """

    place: Place
    area: reference.Area
    residents: int
    newborns: int
    sex: Ints
    birth: Ints  # days since 1970
    year_only: Bools
    ethnic: Ints
    names: list[str]
    household: Ints
    relation: Ints
    guardian: Ints
    twin: Ints
    citizen_id: list[str]
    irregular: Bools
    insurance: list[str]
    card: list[str]
    phone: list[str]
    village: list[str]
    residence: Ints
    groups: NDArray[np.bool_]  # people x GROUPS
    order: Ints

    def age(self, as_of: date) -> Floats:
        """Age in years of 365.2425 days."""
        return (as_of.toordinal() - EPOCH - self.birth) / YEAR

    def born(self, position: int) -> date:
        """Birth date of one person."""
        return date.fromordinal(int(self.birth[position]) + EPOCH)

    def truth_id(self, position: int) -> str:
        """Key of one person in the truth files."""
        kind = "P" if position < self.residents else "N" if position < self.residents + self.newborns else "X"
        return f"{self.place.code}-{kind}{position:06d}"


def build(world: World, place: Place) -> People:
    """Everybody who is, or soon will be, in the commune's files."""
    draw = world.draw(place, "people")
    area = reference.area(world.slug, place.code, place.urban)
    today = world.as_of.toordinal() - EPOCH
    residents, newborns = place.size, draw.rounded(place.size * 0.0013)
    strangers = draw.rounded(place.size * 0.0018)
    sex, age = _ages(draw, residents)
    birth = today - 1 - np.floor(age * YEAR).astype(np.int64)

    household, relation, guardian, father, twin = _households(draw, sex, birth, today)
    couples = np.flatnonzero(relation == WIFE)
    mothers = couples[(today - birth[couples] > 19 * YEAR) & (today - birth[couples] < 41 * YEAR)]
    if not len(mothers):
        newborns = 0
    if newborns:
        mother = mothers[draw.below(newborns, len(mothers))]
        # Two newborns of one mother on different days would be impossible; one birth each.
        mother = np.unique(mother)
        newborns = len(mother)
        head = _heads(household, relation)[household[mother]]
        sex = np.r_[sex, np.where(draw.chance(newborns, 0.527), 1, 2)]
        birth = np.r_[birth, today - 1 - draw.below(newborns, 40)]
        household = np.r_[household, household[mother]]
        relation = np.r_[relation, np.full(newborns, CHILD)]
        guardian, father = np.r_[guardian, mother], np.r_[father, head]
        twin = np.r_[twin, np.full(newborns, -1)]
    if strangers:
        adult = 18 + draw.uniform(strangers) * 50
        sex = np.r_[sex, np.where(draw.chance(strangers, 0.5), 1, 2)]
        birth = np.r_[birth, today - np.floor(adult * YEAR).astype(np.int64)]
        last = int(household.max()) + 1
        household = np.r_[household, last + np.arange(strangers)]
        relation = np.r_[relation, np.full(strangers, HEAD)]
        guardian, father = np.r_[guardian, np.full(strangers, -1)], np.r_[father, np.full(strangers, -1)]
        twin = np.r_[twin, np.full(strangers, -1)]
    count = len(sex)

    villages, in_village = _villages(draw, place, area, int(household.max()) + 1)
    household = _numbered(draw, household, in_village)
    in_village = np.sort(in_village)
    ethnic = _ethnic(draw, area, household, relation, in_village, len(villages))
    names = _names(draw, sex, birth, ethnic, household, relation, father, twin)
    citizen_id, irregular = _citizen_ids(draw, world, place, area, sex, birth, ethnic, today)
    groups = _groups(draw, place, birth, today, household)
    insurance, card = _insurance(draw, world, place, birth, today, citizen_id, groups, area)
    phone = _phones(draw, household, birth, today)
    residence = _residence(draw, place, household)
    year_only = draw.chance(count, np.where(today - birth > 70 * YEAR, 0.10, 0.0))
    rank = np.where(relation == HEAD, 0, np.where((relation == WIFE) | (relation == HUSBAND), 1, 2))
    order = np.lexsort((birth, rank, household))
    return People(
        place,
        area,
        residents,
        newborns,
        sex,
        birth,
        year_only,
        ethnic,
        names,
        household,
        relation,
        guardian,
        twin,
        citizen_id,
        irregular,
        insurance,
        card,
        phone,
        [villages[v] for v in in_village[household].tolist()],
        residence,
        groups,
        order,
    )


def _ages(draw: Draw, count: int) -> tuple[Ints, Floats]:
    """Sex and age of `count` people. Evenly spaced draws: even a small commune has the country's shares."""
    groups = reference.age_groups()
    edges = np.cumsum([share for *_, share in groups])
    points = (np.arange(count) + draw.one()) / max(count, 1)
    group = np.minimum(np.searchsorted(edges / edges[-1], points, side="right"), len(groups) - 1)
    low = np.array([entry[0] for entry in groups])[group]
    width = np.array([entry[1] - entry[0] for entry in groups])[group]
    return np.array([entry[2] for entry in groups])[group], low + draw.uniform(count) * width


def _households(draw: Draw, sex: Ints, birth: Ints, today: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Household, relation to its head, guardian, father (for the surname) and twin group of each person.

    Couples are ranked pairs of men and women of similar age; a child goes to a mother who was 17 to 44 at its birth
    where there is one. Changes `birth` of twins, who take the elder's day.
    """
    count = len(sex)
    age = (today - birth) / YEAR
    household = np.full(count, -1)
    relation = np.full(count, RELATIVE)
    guardian, father, twin = np.full(count, -1), np.full(count, -1), np.full(count, -1)

    husbands, wives = _couples(draw, sex, age)
    couples = len(husbands)
    home = np.arange(couples)
    wife_age = age[wives] if couples else np.empty(0)
    by_age = np.argsort(wife_age, kind="stable")

    def near(target: Floats) -> Ints:
        spread = draw.bell(len(target), 0.0, max(1.0, couples * 0.006)).astype(np.int64)
        found = np.searchsorted(wife_age[by_age], target) + spread
        return np.asarray(by_age[np.clip(found, 0, couples - 1)])

    free = np.ones(count, dtype=bool)
    free[husbands] = free[wives] = False
    if couples:
        # Some elderly couples live with a son's family: a household whose head is 18 to 42 years younger.
        is_old = (age[husbands] > 63) & draw.chance(couples, 0.5)
        old = np.flatnonzero(is_old)
        host = near(wife_age[old] - 27)
        gap = age[husbands[old]] - age[husbands[host]]
        fits = ~is_old[host] & (gap > 18) & (gap < 42)
        home[old[fits]] = host[fits]
        child = free & ((age < 18) | ((age < 25) & draw.chance(count, 0.75)) | ((age < 36) & draw.chance(count, 0.45)))
        young = np.flatnonzero(child)
        young = young[np.argsort(birth[young], kind="stable")]
        family = near(age[young] + np.clip(draw.bell(len(young), 27.0, 4.8), 17.5, 43))
        elders = young[:-1]
        last = -2
        for first in np.flatnonzero((age[elders] < 18) & draw.chance(len(elders), 0.006)).tolist():
            if first > last + 1:
                family[first + 1] = family[first]
                birth[young[first + 1]] = birth[young[first]]
                twin[young[first]] = twin[young[first + 1]] = first
                last = first
        family = _spaced(family, birth[young], twin[young], couples, by_age)
        household[young] = family
        relation[young] = CHILD
        at_birth = wife_age[family] - age[young]
        strange = (at_birth < 15.5) | (at_birth > 47)
        relation[young[strange]] = np.where(at_birth[strange] > 47, GRANDCHILD, RELATIVE)
        minor = age[young] < 18
        mother_cares = draw.chance(len(young), 0.62)
        guardian[young[minor]] = np.where(mother_cares, wives[family], husbands[family])[minor]
        father[young] = np.where(draw.chance(len(young), 0.97) & ~strange, husbands[family], -1)
        same = twin[young] >= 0
        father[young[same]] = husbands[family][same]
        free[young] = False

        rest = np.flatnonzero(free)
        joins = draw.chance(len(rest), np.where(age[rest] >= 60, 0.75, 0.7))
        host = near(np.where(age[rest] >= 60, age[rest] - 29, age[rest] + 2))
        for person, couple in zip(rest[joins].tolist(), host[joins].tolist(), strict=True):
            household[person] = couple
            if 17 < age[person] - age[husbands[couple]] < 45:
                relation[person] = FATHER if sex[person] == 1 else MOTHER
        free[rest[joins]] = False
        household[husbands], household[wives] = np.arange(couples), np.arange(couples)
        woman_heads = draw.chance(couples, 0.15)
        relation[husbands] = np.where(woman_heads, HUSBAND, HEAD)
        relation[wives] = np.where(woman_heads, HEAD, WIFE)
        moved = home != np.arange(couples)
        relation[husbands[moved]], relation[wives[moved]] = FATHER, MOTHER
        housed = household >= 0
        household[housed] = home[household[housed]]
        # The children of a couple that lives with a son are the head's brothers and sisters.
        relation[(relation == CHILD) & np.isin(father, husbands[moved])] = RELATIVE

    alone = np.flatnonzero(household < 0)
    adults = alone[age[alone] >= 18]
    minors = alone[age[alone] < 18]
    household[adults] = couples + np.arange(len(adults))
    relation[adults] = HEAD
    if len(minors):
        everyone = np.flatnonzero(age >= 18)
        if len(everyone):
            guardian[minors] = everyone[draw.below(len(minors), len(everyone))]
            household[minors] = household[guardian[minors]]
        else:
            household[minors] = couples + len(adults)
    _, household = np.unique(household, return_inverse=True)
    return household.astype(np.int64), relation, guardian, father, twin


def _couples(draw: Draw, sex: Ints, age: Floats) -> tuple[Ints, Ints]:
    men, women = np.flatnonzero((sex == 1) & (age >= 21)), np.flatnonzero((sex == 2) & (age >= 19))
    men = men[draw.chance(len(men), np.interp(age[men], [21, 25, 30, 75, 90], [0.25, 0.5, 0.92, 0.9, 0.7]))]
    women = women[draw.chance(len(women), np.interp(age[women], [19, 22, 27, 60, 72, 85], [0.2, 0.45, 0.92, 0.88, 0.55, 0.2]))]
    size = min(len(men), len(women))
    men = men[np.argsort(draw.uniform(len(men)), kind="stable")[:size]]
    women = women[np.argsort(draw.uniform(len(women)), kind="stable")[:size]]
    men = men[np.argsort(age[men] + draw.bell(size, 0.0, 1.6), kind="stable")]
    women = women[np.argsort(age[women] + draw.bell(size, 0.0, 1.6), kind="stable")]
    return men, women


def _spaced(family: Ints, birth: Ints, twin: Ints, couples: int, by_age: Ints) -> Ints:
    """Moves a child to the family beside when it would follow its sibling by less than ten months."""
    position = np.empty(couples, np.int64)
    position[by_age] = np.arange(couples)
    for _ in range(2):
        order = np.lexsort((birth, family))
        close = (np.diff(family[order]) == 0) & (np.diff(birth[order]) < 300)
        late = order[1:][close]
        late = late[twin[late] < 0]
        family[late] = by_age[(position[family[late]] + 1) % couples]
    return family


def _heads(household: Ints, relation: Ints) -> Ints:
    heads = np.full(int(household.max()) + 1, -1)
    found = np.flatnonzero(relation == HEAD)
    heads[household[found]] = found
    return heads


def _numbered(draw: Draw, household: Ints, in_village: Ints) -> Ints:
    """Household numbers that run through the villages one after the other, in no particular order within each."""
    number = np.empty(len(in_village), np.int64)
    number[np.lexsort((draw.uniform(len(in_village)), in_village))] = np.arange(len(in_village))
    return number[household]


def _villages(draw: Draw, place: Place, area: reference.Area, households: int) -> tuple[list[str], Ints]:
    """Names of the commune's villages and the village of each household."""
    count = max(2, min(40, round(2 + math.sqrt(place.size) / 4.5)))
    if place.urban:
        names = [f"Tổ dân phố số {number}" for number in range(1, count + 1)]
    else:
        words = reference.places()["mountain" if area.minority_area else "plain"]
        every = [f"Thôn {first} {second}" for first in words["first"] for second in words["second"] if first != second]
        chosen = np.argsort(draw.uniform(len(every)), kind="stable")[:count]
        names = [every[index] for index in chosen.tolist()]
    return names, draw.pick(households, 0.4 + draw.uniform(len(names)))


def _ethnic(draw: Draw, area: reference.Area, household: Ints, relation: Ints, in_village: Ints, villages: int) -> Ints:
    """Ethnic group of each person: one to a household; villages lean towards one; some wives come from another."""
    shares = np.array([area.ethnic.get(group.label, 0.0) for group in reference.names()])
    lean = np.exp(draw.bell(villages * len(shares), 0.0, 1.1)).reshape(villages, len(shares)) * shares
    edges = np.cumsum(lean / lean.sum(axis=1, keepdims=True), axis=1)
    edges[:, -1] = 1.0
    of_household = (draw.uniform(len(in_village))[:, None] >= edges[in_village]).sum(axis=1)
    ethnic = of_household[household]
    other = (relation == WIFE) & draw.chance(len(ethnic), 0.12)
    ethnic[other] = draw.pick(int(other.sum()), shares)
    return np.asarray(ethnic, dtype=np.int64)


def _names(
    draw: Draw, sex: Ints, birth: Ints, ethnic: Ints, household: Ints, relation: Ints, father: Ints, twin: Ints
) -> list[str]:
    """Family, middle and given name of everybody; children bear the father's surname, twins share the middle name."""
    count = len(sex)
    surname, middle, given = (np.empty(count, dtype=object) for _ in range(3))
    young = (birth >= date(1985, 1, 1).toordinal() - EPOCH).astype(np.int64)
    for number, group in enumerate(reference.names()):
        members = np.flatnonzero(ethnic == number)
        # In a minority commune a few families make up most of the people, hence the many namesakes.
        lean = np.exp(draw.bell(len(group.weights), 0.0, 0.35 if group.code == "01" else 0.9))
        surname[members] = np.array(group.surnames, dtype=object)[draw.pick(len(members), np.array(group.weights) * lean)]
        for side in (0, 1):
            own = members[sex[members] == side + 1]
            words = np.array(group.given[side], dtype=object)
            given[own] = words[draw.below(len(own), len(words))]
            for era in (0, 1):
                of_era = own[young[own] == era]
                choice = np.array(group.middle[side][era], dtype=object)
                middle[of_era] = choice[draw.below(len(of_era), len(choice))]
    heads = _heads(household, relation)[household]
    fathers = np.flatnonzero((relation == FATHER) & (heads >= 0))
    surname[fathers] = surname[heads[fathers]]
    children = np.flatnonzero(father >= 0)
    # Grown children in the house may be fathers themselves, so the eldest generation goes first.
    for child in children[np.argsort(birth[children], kind="stable")].tolist():
        surname[child] = surname[father[child]]
    first: dict[int, int] = {}
    for person in np.flatnonzero(twin >= 0).tolist():
        elder = first.setdefault(int(twin[person]), person)
        if elder == person:
            continue
        if sex[elder] == sex[person]:
            middle[person] = middle[elder]
        if given[person] == given[elder]:
            words_of = reference.names()[int(ethnic[person])].given[int(sex[person]) - 1]
            given[person] = words_of[(words_of.index(given[person]) + 1) % len(words_of)]
    return [f"{a} {b} {c}" for a, b, c in zip(surname.tolist(), middle.tolist(), given.tolist(), strict=True)]


def _citizen_ids(
    draw: Draw, world: World, place: Place, area: reference.Area, sex: Ints, birth: Ints, ethnic: Ints, today: int
) -> tuple[list[str], Bools]:
    """Personal numbers, and who has one that disagrees with sex or birth year.

    The latter happens to people whose sex or birth year was corrected after the number was given
    (NĐ 70/2024/NĐ-CP, article 11).
    """
    count = len(sex)
    keys = np.array([int(key) for key in area.prefixes])
    weights = np.array(list(area.prefixes.values()))
    prefix = keys[draw.pick(count, weights)]
    home = keys[int(np.argmax(weights))]
    local = draw.chance(count, np.where(today - birth < 18 * YEAR, 0.8, np.where(ethnic > 0, 0.6, 0.0)))
    prefix = np.where(local, home, prefix)
    elsewhere = draw.chance(count, 0.004)
    prefix = np.where(elsewhere, 1 + draw.below(count, 96), prefix)
    abroad = draw.chance(count, 0.0012)
    prefix = np.where(abroad, 101 + draw.below(count, 200), prefix)
    year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    irregular = draw.chance(count, 0.001) & (today - birth > 18 * YEAR)
    turned = irregular & draw.chance(count, 0.3)
    shown_sex = np.where(turned, 3 - sex, sex)
    shown_year = np.where(irregular & ~turned, np.maximum(year - 1 - draw.below(count, 3), 1900), year)
    return world.numbers.assign(place.index, prefix, shown_sex, shown_year), irregular


def _groups(draw: Draw, place: Place, birth: Ints, today: int, household: Ints) -> NDArray[np.bool_]:
    """Who belongs to which target group (directive 17/CT-TTg; the rates are estimates made for this sample)."""
    count = len(birth)
    age = (today - birth) / YEAR
    houses = int(household.max()) + 1
    wealth = draw.uniform(houses)[household]
    poor, near = (0.02, 0.05) if place.urban else (0.08, 0.16)
    groups = np.zeros((count, len(GROUPS)), dtype=np.bool_)
    groups[:, ELDERLY] = (age >= 60) & draw.chance(count, 0.985)
    groups[:, DISABLED] = draw.chance(count, np.interp(age, [0, 20, 60, 85], [0.008, 0.015, 0.04, 0.12]))
    groups[:, POOR] = wealth < poor
    groups[:, NEAR_POOR] = (wealth >= poor) & (wealth < near)
    groups[:, MERIT] = draw.chance(count, np.where(age >= 65, 0.07, np.where(age >= 30, 0.004, 0.0)))
    groups[:, CHRONIC] = draw.chance(count, np.interp(age, [0, 18, 40, 60, 80], [0.004, 0.01, 0.06, 0.28, 0.45]))
    school = draw.uniform(count)
    groups[:, PUPIL] = (age >= 6) & (age < 18) & (school < np.where(age < 15, 0.985, 0.82))
    groups[:, NURSERY] = (age >= 1) & (age < 6) & (school < np.where(age < 3, 0.3, 0.88))
    groups[:, STUDENT] = (age >= 18) & (age < 23) & (school < 0.28)
    groups[:, WORKER] = (age >= 18) & (age < 60) & ~groups[:, STUDENT] & draw.chance(count, 0.46 if place.urban else 0.3)
    return groups


def _insurance(
    draw: Draw,
    world: World,
    place: Place,
    birth: Ints,
    today: int,
    citizen_id: list[str],
    groups: NDArray[np.bool_],
    area: reference.Area,
) -> tuple[list[str], list[str]]:
    """Insurance number as written in files, and the full 15-character card; both empty without insurance.

    Three shapes are in use: the card (QĐ 1351/QĐ-BHXH), its last ten digits, and the personal number, in use
    since 1 August 2025 (CV 1804/BHXH-QLT, second-hand). Which letters stand for whom is background knowledge.
    """
    count = len(birth)
    age = (today - birth) / YEAR
    conditions = [
        age < 6,
        groups[:, MERIT],
        groups[:, POOR],
        groups[:, NEAR_POOR],
        age >= 80,
        groups[:, PUPIL] | groups[:, STUDENT],
        groups[:, WORKER],
        np.full(count, area.minority_area) & draw.chance(count, 0.6),
        age >= 60,
    ]
    kinds = np.array(["TE1", "CC1", "HN2", "CN3", "BT2", "HS4", "DN4", "DT2", "HT3", "GD4"], dtype=object)
    kind = kinds[np.select(conditions, list(range(len(conditions))), len(conditions))]
    block = 10**8 // len(world.places)
    serial = (place.index * block + np.arange(count)) * 61_803_399 % 10**8
    shape = draw.pick(count, [55, 23, 22]).tolist()
    insured = (draw.chance(count, 0.95) | (age < 6)).tolist()
    shown, cards = [], []
    for letters, number, which, has, personal in zip(kind.tolist(), serial.tolist(), shape, insured, citizen_id, strict=True):
        ten = f"{world.province_code}{number:08d}"
        card = f"{letters}{world.province_code}{ten}"
        cards.append(card if has else "")
        shown.append((card, ten, personal)[which] if has else "")
    return shown, cards


def _phones(draw: Draw, household: Ints, birth: Ints, today: int) -> list[str]:
    """A number for grown-ups, the household's for the others; some have none.

    The first three digits are none of those given to a mobile network, so that no number here reaches anybody.
    """
    prefixes = ("030", "031", "050", "053", "057", "071", "072", "073", "074", "075", "080")
    count, houses = len(household), int(household.max()) + 1
    of_house = [
        f"{prefixes[p]}{n:07d}"
        for p, n in zip(draw.below(houses, len(prefixes)).tolist(), draw.below(houses, 10**7).tolist(), strict=True)
    ]
    own = draw.chance(count, np.interp((today - birth) / YEAR, [15, 18, 60, 75], [0.0, 0.7, 0.6, 0.1])).tolist()
    none = draw.chance(count, 0.07).tolist()
    digits, heads = draw.below(count, 10**7).tolist(), draw.below(count, len(prefixes)).tolist()
    return [
        "" if nothing else f"{prefixes[p]}{n:07d}" if mine else of_house[h]
        for nothing, mine, p, n, h in zip(none, own, heads, digits, household.tolist(), strict=True)
    ]


def _residence(draw: Draw, place: Place, household: Ints) -> Ints:
    long, short = (0.09, 0.05) if place.urban else (0.03, 0.015)
    return draw.pick(int(household.max()) + 1, [1 - long - short, long, short])[household]
