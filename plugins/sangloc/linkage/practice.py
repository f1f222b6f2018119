"""Made-up people with exam records whose right answer is known: what the model is trained on and judged by.

The people are those of the sample (`sangloc.sample`), the records are written with mistakes at the rates given, and both
come as tables with the columns of `roster.person` and `exam.encounter`. Nothing here reads the warehouse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from sangloc.intake import insurance_key, map_unique, name_fold, name_key
from sangloc.sample import reference
from sangloc.sample.draw import Draw, Ints
from sangloc.sample.people import RELATIONS, YEAR, People, Place, World, build
from sangloc.sample.province import _world as make_world
from sangloc.sample.roster_files import register
from sangloc.sample.text import tone_moved, without_diacritics

if TYPE_CHECKING:
    import polars as pl

SOURCES = ("screening", "periodic", "school", "worker", "occupational", "insurance")
SHEETS = ("school", "worker", "occupational")
RESIDENCES = ("permanent", "temporary_12m", "temporary_short")

# Weight of each source by age, the order of SOURCES: who is under 3, 6, 18, 60 and older.
_AGES = (3, 6, 18, 60)
_WEIGHTS = ((55, 8, 0, 0, 0, 37), (36, 4, 45, 0, 0, 15), (18, 6, 69, 0, 0, 7), (36, 14, 0, 29, 5, 16), (64, 13, 0, 0, 0, 23))


@dataclass(frozen=True)
class Slips:
    """How often a record carries a mistake, as shares of the records that can carry it.

    Attributes:
        number_missing: no personal number.
        number_slip: one digit of it wrong; `number_swap` two neighbouring ones swapped; `number_two` two wrong.
        number_old: the nine digits of an old identity card (CMND) instead.
        number_former: a number that the person had before.
        number_of_guardian: children from 6 to under 18 with the guardian's number in the place of their own.
        child_guardian: children under 6 with the guardian's number in the place of their own.
        other_guardian: a child comes with an adult of the household who is not the guardian on the roster.
        name_plain: without diacritics; `name_tone` the tone mark on the other vowel; `name_upper` in capitals.
        name_middle_lost, name_middle_changed: the middle name left out, or another one.
        name_order: given name first.
        name_typo: one letter wrong, missing or too many.
        birth_swap: day and month swapped; `birth_year_only` only the year; `birth_month_only` month and year.
        birth_slip: day, month or year wrong by one digit.
        moved: another commune and address than the roster's.
        phone_missing, phone_changed: no telephone number, or a new one.
        insurance_missing: no insurance number on a list or claim; `insurance_shape` another of its three shapes.
        sex_wrong: the other sex.
        newborn_unnamed: children under three months as "Con bà ...".
        clerk: records of a careless clerk, in which every mistake is `clerk_times` as likely.
    """

    number_missing: float = 0.035
    number_slip: float = 0.015
    number_swap: float = 0.007
    number_two: float = 0.002
    number_old: float = 0.003
    number_former: float = 0.002
    number_of_guardian: float = 0.006
    child_guardian: float = 0.5
    other_guardian: float = 0.2
    name_plain: float = 0.022
    name_tone: float = 0.25
    name_upper: float = 0.4
    name_middle_lost: float = 0.003
    name_middle_changed: float = 0.002
    name_order: float = 0.002
    name_typo: float = 0.006
    birth_swap: float = 0.022
    birth_year_only: float = 0.011
    birth_month_only: float = 0.001
    birth_slip: float = 0.005
    moved: float = 0.02
    phone_missing: float = 0.05
    phone_changed: float = 0.06
    insurance_missing: float = 0.08
    insurance_shape: float = 0.3
    sex_wrong: float = 0.001
    newborn_unnamed: float = 0.3
    clerk: float = 0.01
    clerk_times: float = 4.0

    def times(self, factor: float) -> Slips:
        """The same mistakes, `factor` as often (never more than in 9 of 10 records)."""
        rates = {name: min(0.9, getattr(self, name) * factor) for name in _SCALED}
        return replace(self, **rates)


_SCALED = tuple(name for name in Slips.__dataclass_fields__ if name.startswith(("number_", "name_", "birth_", "phone_")))


@dataclass(frozen=True)
class Practice:
    """People and records.

    Attributes:
        persons: columns of `roster.person`.
        former: `person_id`, `value`: numbers people had before.
        exams: the columns of `exam.encounter` that say who was examined, `encounter_id`, `source`, and the truth beside
            them: `truth` (person_id, or null for people on no roster), `mistakes` (joined by ;), `hard` (the hard set's
            kind, empty for the ordinary records), `age` in years, `ethnic_code`, `twin`.
    """

    persons: pl.DataFrame
    former: pl.DataFrame
    exams: pl.DataFrame


def make(
    slug: str,
    people: int,
    records: int,
    seed: int,
    as_of: date,
    slips: Slips,
    unlisted: float = 0.02,
    hard: int = 0,
) -> Practice:
    """People of a province and `records` exam records of them, the same for the same arguments.

    Args:
        slug: a province of `include/provinces` that the sample knows.
        people: number of people on the roster, at least one for each commune.
        records: number of ordinary exam records.
        seed: another seed gives other people and other mistakes.
        as_of: the day the roster is from; exams lie in the 120 days before.
        slips: how often what goes wrong.
        unlisted: share of the records that belong to people on no roster. Some of these live in households whose other
            members, twins among them, are on it.
        hard: number of further records for each kind of the hard set.
    """
    import polars as pl

    world = make_world(slug, people, seed, as_of, None, as_of)
    # One commune in which five surnames and few given names make up everybody.
    few = min(world.places, key=lambda place: (abs(place.size - 12_000), place.code)).code
    parts: list[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]] = []
    first = 1
    for place in world.places:
        commune = _Commune(world, place, slips, unlisted, first, place.code == few)
        parts.append((commune.persons, commune.former, commune.records(records / people, hard / len(world.places))))
        first += commune.persons.height
    exams = pl.concat([part[2] for part in parts]).with_row_index("encounter_id", offset=1)
    return Practice(
        pl.concat([part[0] for part in parts]),
        pl.concat([part[1] for part in parts]),
        exams.with_columns(pl.col("encounter_id").cast(pl.Int64)),
    )


@dataclass
class _Record:
    """One record on its way: what will stand in it."""

    person: int
    source: str
    day: date
    name: str
    birth: date
    precision: str
    sex: int
    number: str
    guardian: str
    insurance: str
    phone: str
    address: str
    commune: str
    mistakes: list[str] = field(default_factory=list)


class _Commune:
    """One commune's people, whom of them the roster has, and the records of those examined."""

    def __init__(self, world: World, place: Place, slips: Slips, unlisted: float, first: int, few_names: bool) -> None:
        self.world, self.place, self.slips, self.unlisted = world, place, slips, unlisted
        self.people = people = build(world, place)
        if few_names:
            _few_names(people, world.draw(place, "few names"))
        state = register(world, people)
        self.number = state.citizen_id
        fault = np.array(state.fault)
        on_roster = (np.arange(len(people.names)) < people.residents) & (fault < 0)
        self.on_roster = on_roster
        self.person_id = np.where(on_roster, first - 1 + np.cumsum(on_roster), 0)
        self.few_names = few_names
        self.members: dict[int, list[int]] = {}
        adult = np.flatnonzero(people.age(world.as_of) >= 18)
        for person, home in zip(adult.tolist(), people.household[adult].tolist(), strict=True):
            self.members.setdefault(home, []).append(person)
        draw = world.draw(place, "former")
        old = np.flatnonzero(on_roster & draw.chance(len(people.names), 0.01))
        self.old_number = {
            person: world.numbers.mistyped(people.citizen_id[person], draw, swap=False) for person in old.tolist()
        }
        self.persons, self.former = self._persons(), self._former()

    def _persons(self) -> pl.DataFrame:
        import polars as pl

        people, on = self.people, np.flatnonzero(self.on_roster)
        at: list[int] = on.tolist()
        labels = reference.names()
        guardian: list[int] = people.guardian[on].tolist()
        insurance = [people.insurance[person] for person in at]
        names = [people.names[person] for person in at]
        year_only = people.year_only[on]
        days = people.birth[on].astype("datetime64[D]")
        births = np.where(year_only, days.astype("datetime64[Y]").astype("datetime64[D]"), days)
        return pl.DataFrame(
            {
                "person_id": self.person_id[on],
                "commune_code": [self.place.code] * len(at),
                "citizen_id": [self.number[person] or None for person in at],
                "insurance_no": [number or None for number in insurance],
                "insurance_key": [insurance_key(number) if number else None for number in insurance],
                "full_name": names,
                "name_key": map_unique(names, name_key),
                "name_fold": map_unique(names, name_fold),
                "birth_date": births,
                "birth_precision": np.where(year_only, "year", "day"),
                "sex": people.sex[on],
                "ethnic_code": [labels[group].code for group in people.ethnic[on].tolist()],
                "phone": [people.phone[person] or None for person in at],
                "village": [people.village[person] for person in at],
                "household_no": (people.household[on] + 1).astype(str),
                "relation": [RELATIONS[relation] for relation in people.relation[on].tolist()],
                "guardian_citizen_id": [people.citizen_id[g] if g >= 0 else None for g in guardian],
                "residence": [RESIDENCES[kind] for kind in people.residence[on].tolist()],
            },
            schema_overrides=dict.fromkeys(
                ("citizen_id", "insurance_no", "insurance_key", "phone", "guardian_citizen_id"), pl.String
            ),
        )

    def _former(self) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(
            {
                "person_id": [int(self.person_id[person]) for person in self.old_number],
                "value": list(self.old_number.values()),
            },
            schema={"person_id": pl.Int64, "value": pl.String},
        )

    # the records ---------------------------------------------------------------------------------------------------------

    def records(self, share: float, hard: float) -> pl.DataFrame:
        """Ordinary records of about `share` of the people, and about `hard` of each kind of the hard set."""
        people, draw = self.people, self.world.draw(self.place, "records")
        age = people.age(self.world.as_of)
        fit = (age > 60 / YEAR) & ((age >= 18) | (people.guardian >= 0))
        listed, others = np.flatnonzero(fit & self.on_roster), np.flatnonzero(fit & ~self.on_roster)
        wanted = draw.rounded(share * self.place.size)
        unlisted = min(draw.rounded(wanted * self.unlisted), 4 * len(others))
        chosen = np.r_[self._some(draw, listed, wanted - unlisted), self._some(draw, others, unlisted)]
        found = [(record, "") for record in self._written(chosen, draw, self.slips)]
        for kind, (members, slips, change) in self._hard(age, listed).items():
            taken = self._some(draw, members, draw.rounded(hard)) if len(members) else members
            for record in self._written(taken, draw, slips):
                if change is not None:
                    change(record, draw)
                found.append((record, kind))
        return self._table(found, age)

    @staticmethod
    def _some(draw: Draw, pool: Ints, count: int) -> Ints:
        """`count` of the pool, everybody once before anybody twice."""
        if not len(pool) or not count:
            return pool[:0]
        turns = [pool[np.argsort(draw.uniform(len(pool)), kind="stable")] for _ in range(-(-count // len(pool)))]
        return np.concatenate(turns)[:count]

    def _hard(self, age: Any, listed: Ints) -> dict[str, tuple[Ints, Slips, Callable[[_Record, Draw], None] | None]]:
        """Kind of the hard set -> who, how many mistakes, and what is done to the record besides."""
        people, plain = self.people, self.slips
        clerk = replace(plain.times(6), clerk=0.0)
        without = replace(plain.times(3), phone_missing=1.0, insurance_missing=1.0, number_missing=0.5)
        return {
            "number_of_another": (listed[age[listed] >= 18], plain, self._take_number),
            "one_clerk": (listed, clerk, None),
            "five_surnames": (listed if self.few_names else listed[:0], replace(plain.times(3), number_missing=0.3), None),
            "twins": (listed[people.twin[listed] >= 0], replace(plain, number_missing=0.4, child_guardian=0.9), None),
            "no_phone_no_insurance": (listed, without, None),
        }

    def _take_number(self, record: _Record, draw: Draw) -> None:
        """The number of somebody else on the roster: half the time of the same household."""
        home = [one for one in self.members.get(int(self.people.household[record.person]), []) if one != record.person]
        if home and draw.one() < 0.5:
            other = home[int(draw.one() * len(home))]
        else:
            other = int(draw.one() * self.people.residents)
        record.number = self.people.citizen_id[other]
        record.mistakes = [kind for kind in record.mistakes if not kind.startswith("number_")] + ["number_of_another"]

    def _written(self, chosen: Ints, draw: Draw, slips: Slips) -> list[_Record]:
        careless = draw.chance(len(chosen), slips.clerk).tolist()
        bad = slips.times(slips.clerk_times)
        dice = draw.uniform(len(chosen) * 40).reshape(len(chosen), 40).tolist()
        return [
            self._record(person, chance, bad if clumsy else slips, draw)
            for person, chance, clumsy in zip(chosen.tolist(), dice, careless, strict=True)
        ]

    def _record(self, person: int, chance: list[float], slips: Slips, draw: Draw) -> _Record:
        people = self.people
        born = people.born(person)
        day = max(self.world.as_of - timedelta(days=1 + int(chance[0] * 120)), born + timedelta(days=28))
        years = (day - born).days / YEAR
        weights = np.cumsum(_WEIGHTS[int(np.searchsorted(_AGES, years, side="right"))])
        source = SOURCES[int(np.searchsorted(weights, chance[1] * weights[-1], side="right"))]
        if source == "insurance" and not people.card[person]:
            source = "screening"
        guardian = int(people.guardian[person])
        record = _Record(
            person, source, day, people.names[person], born, "year" if people.year_only[person] else "day",
            int(people.sex[person]), people.citizen_id[person], people.citizen_id[guardian] if guardian >= 0 else "",
            people.insurance[person], people.phone[person],
            f"{people.village[person]}, {self.place.name}, {self.world.province_name}", self.place.code,
        )  # fmt: skip
        self._number(record, chance, slips, draw, years, guardian)
        self._name(record, chance, slips, draw, years, guardian)
        self._birth(record, chance, slips, draw)
        self._rest(record, chance, slips, draw)
        return record

    def _number(self, record: _Record, chance: list[float], slips: Slips, draw: Draw, years: float, guardian: int) -> None:
        people, person = self.people, record.person
        if guardian >= 0 and chance[2] < slips.other_guardian:
            home = [one for one in self.members.get(int(people.household[person]), []) if one != guardian]
            if home:
                guardian = home[int(chance[3] * len(home))]
                record.guardian = people.citizen_id[guardian]
                record.mistakes.append("other_guardian")
        wrong = ""
        if chance[4] < slips.number_missing:
            record.number, wrong = "", "number_missing"
        elif chance[5] < slips.number_slip:
            record.number, wrong = self.world.numbers.mistyped(record.number, draw, swap=False), "number_slip"
        elif chance[6] < slips.number_swap:
            record.number, wrong = self.world.numbers.mistyped(record.number, draw, swap=True), "number_swap"
        elif chance[7] < slips.number_two:
            record.number, wrong = _two_wrong(record.number, chance[8], chance[9]), "number_two"
        elif chance[7] > 1 - slips.number_old and years > 25:
            record.number, wrong = f"{int(chance[8] * 10**9):09d}", "number_old"
        elif chance[10] < slips.number_former * 100 and person in self.old_number:
            record.number, wrong = self.old_number[person], "number_former"
        if wrong:
            record.mistakes.append(wrong)
        if guardian >= 0 and years < 6 and chance[11] < slips.child_guardian:
            record.number = record.guardian
            record.mistakes = [kind for kind in record.mistakes if kind != wrong] + ["guardian_number"]
        elif guardian >= 0 and 6 <= years < 18 and chance[11] < slips.number_of_guardian:
            record.number = record.guardian
            record.mistakes = [kind for kind in record.mistakes if kind != wrong] + ["number_of_guardian"]
        if record.source == "insurance" or years >= 18:
            record.guardian = ""

    def _name(self, record: _Record, chance: list[float], slips: Slips, draw: Draw, years: float, guardian: int) -> None:
        if years < 0.25 and guardian >= 0 and self.people.sex[guardian] == 2 and chance[12] < slips.newborn_unnamed:
            record.name = f"Con bà {self.people.names[guardian]}"
            record.mistakes.append("newborn_unnamed")
            return
        words = record.name.split()
        if len(words) > 2 and chance[13] < slips.name_middle_lost:
            record.name = f"{words[0]} {words[-1]}"
            record.mistakes.append("name_middle_lost")
        elif len(words) > 2 and chance[14] < slips.name_middle_changed:
            other = self.people.names[int(chance[15] * self.people.residents)].split()[1]
            if other != words[1]:
                record.name = " ".join([words[0], other, *words[2:]])
                record.mistakes.append("name_middle_changed")
        elif chance[16] < slips.name_order:
            record.name = " ".join([words[-1], *words[:-1]])
            record.mistakes.append("name_order")
        elif chance[17] < slips.name_typo:
            record.name = _mistyped(record.name, chance[18], chance[19])
            record.mistakes.append("name_typo")
        if chance[20] < slips.name_plain and without_diacritics(record.name) != record.name:
            record.name = without_diacritics(record.name)
            record.mistakes.append("name_plain")
        elif chance[21] < slips.name_tone:
            record.name = tone_moved(record.name)
        if chance[22] < slips.name_upper:
            record.name = record.name.upper()

    def _birth(self, record: _Record, chance: list[float], slips: Slips, draw: Draw) -> None:
        born = record.birth
        if record.precision == "year":
            record.birth = date(born.year, 1, 1)
        elif chance[23] < slips.birth_year_only:
            record.birth, record.precision = date(born.year, 1, 1), "year"
            record.mistakes.append("birth_year_only")
        elif chance[24] < slips.birth_month_only:
            record.birth, record.precision = date(born.year, born.month, 1), "month"
            record.mistakes.append("birth_month_only")
        elif chance[25] < slips.birth_swap and born.day <= 12 and born.day != born.month:
            record.birth = date(born.year, born.day, born.month)
            record.mistakes.append("birth_swap")
        elif chance[26] < slips.birth_slip:
            changed = _slipped(born, chance[27], chance[28])
            if changed != born:
                record.birth = changed
                record.mistakes.append("birth_slip")
        if record.birth > record.day:
            record.birth, record.precision = born, "day"
            record.mistakes = [kind for kind in record.mistakes if not kind.startswith("birth_")]

    def _rest(self, record: _Record, chance: list[float], slips: Slips, draw: Draw) -> None:
        if chance[29] < slips.moved and len(self.world.places) > 1:
            others = [place for place in self.world.places if place.code != self.place.code]
            place = others[int(chance[30] * len(others))]
            record.commune, record.address = place.code, f"{place.name}, {self.world.province_name}"
            record.mistakes.append("moved")
        if chance[31] < slips.phone_missing:
            record.phone = ""
        elif chance[32] < slips.phone_changed:
            record.phone = f"030{int(chance[33] * 10**7):07d}"
            record.mistakes.append("phone_changed")
        person = record.person
        if record.source not in (*SHEETS, "insurance") or chance[34] < slips.insurance_missing:
            record.insurance = ""
        elif record.insurance and chance[35] < slips.insurance_shape:
            card = self.people.card[person]
            record.insurance = (card, card[5:], self.people.citizen_id[person])[int(chance[36] * 3)]
        if chance[37] < slips.sex_wrong:
            record.sex = 3 - record.sex
            record.mistakes.append("sex_wrong")

    def _table(self, found: list[tuple[_Record, str]], age: Any) -> pl.DataFrame:
        import polars as pl

        people, labels = self.people, reference.names()
        rows = [record for record, _ in found]
        persons = [record.person for record in rows]
        numbers = [_whose_number(record) for record in rows]
        names = [record.name for record in rows]
        insurance = [record.insurance or None for record in rows]
        truth = [int(self.person_id[person]) or None for person in persons]
        return pl.DataFrame(
            {
                "source": [record.source for record in rows],
                "exam_date": [record.day for record in rows],
                "full_name": names,
                "name_key": map_unique(names, name_key),
                "name_fold": map_unique(names, name_fold),
                "birth_date": [record.birth for record in rows],
                "birth_precision": [record.precision for record in rows],
                "sex": [record.sex for record in rows],
                "citizen_id": [own for own, _ in numbers],
                "guardian_citizen_id": [guardian for _, guardian in numbers],
                "insurance_no": insurance,
                "phone": [record.phone or None for record in rows],
                "address": [record.address for record in rows],
                "commune_code": [record.commune for record in rows],
                "truth": truth,
                "mistakes": [";".join(record.mistakes) for record in rows],
                "hard": [kind for _, kind in found],
                "age": [float(age[person]) for person in persons],
                "ethnic_code": [labels[int(people.ethnic[person])].code for person in persons],
                "twin": [bool(people.twin[person] >= 0) for person in persons],
            },
            schema_overrides={
                "exam_date": pl.Date, "birth_date": pl.Date, "citizen_id": pl.String, "guardian_citizen_id": pl.String,
                "insurance_no": pl.String, "phone": pl.String, "truth": pl.Int64, "full_name": pl.String, "sex": pl.Int16,
                "age": pl.Float64, "twin": pl.Boolean,
                **dict.fromkeys(("source", "name_key", "name_fold", "birth_precision", "address", "commune_code", "mistakes",
                                 "hard", "ethnic_code"), pl.String),
            },
        )  # fmt: skip


def _few_names(people: People, draw: Draw) -> None:
    """Everybody gets one of five surnames (children keep sharing their family's) and one of few given names."""
    surnames = ("Hoàng", "Nông", "Lý", "Vi", "Triệu")
    given = (("Páo", "Sính", "Dìn", "Sơn", "Thắng", "Hùng"), ("Mỷ", "Hoa", "Lan", "Sen", "Mai", "Liên"))
    of_home = {name.split()[0]: surnames[len(name) % 5] for name in people.names}
    pick = draw.below(len(people.names), 12).tolist()
    sex = people.sex.tolist()
    people.names = [
        f"{of_home[name.split()[0]]} {('Văn', 'A')[turn % 2] if s == 1 else ('Thị', 'Mùi')[turn % 2]} {given[s - 1][turn // 2]}"
        for name, turn, s in zip(people.names, pick, sex, strict=True)
    ]


def _whose_number(record: _Record) -> tuple[str | None, str | None]:
    """(the person's number, the guardian's) as the intake of exams sorts them out."""
    own, guardian, born = record.number or None, record.guardian or None, record.birth
    if own is None or own == guardian:
        return None, guardian
    years = record.day.year - born.year - ((record.day.month, record.day.day) < (born.month, born.day))
    if years < 6 and len(own) == 12 and 1900 + 100 * (int(own[3]) // 2) + int(own[4:6]) != born.year:
        return None, guardian or own
    return own, guardian


def _two_wrong(number: str, first: float, second: float) -> str:
    at = 6 + int(first * 6)
    other = 6 + (at - 6 + 1 + int(second * 5)) % 6
    digits = list(number)
    for place, step in ((at, 3), (other, 7)):
        digits[place] = str((int(digits[place]) + step) % 10)
    return "".join(digits)


def _mistyped(name: str, where: float, how: float) -> str:
    letters = [at for at, letter in enumerate(name) if letter.isalpha() and at]
    at = letters[int(where * len(letters))]
    if how < 0.4:
        return name[:at] + name[at + 1 :]
    if how < 0.7:
        return name[:at] + name[at] + name[at:]
    return name[:at] + "nhtmco"[int(how * 60) % 6] + name[at + 1 :]


def _slipped(born: date, which: float, how: float) -> date:
    try:
        if which < 0.4:
            return date(born.year, born.month, max(1, min(28, born.day + (1, -1, 10, -10)[int(how * 4)])))
        if which < 0.7:
            return date(born.year, (born.month + int(how * 11)) % 12 + 1, born.day)
        return date(born.year + (1, -1, 10, -10)[int(how * 4)], born.month, born.day)
    except ValueError:
        return born
