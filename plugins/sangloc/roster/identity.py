"""Whom each row of a commune's lists means, and what it does to the roster. No database here.

What differs from the last list is some thousand rows, each looked at by itself: a join of so few costs more to plan than to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["citizen_id", "insurance_no"]

# The columns of the roster that a list may leave out, by their names in the list.
_OPTIONAL = {
    "ethnic": "ethnic_code", "phone": "phone", "village": "village", "household_no": "household_no", "relation": "relation",
    "guardian_id": "guardian_citizen_id", "residence": "residence", "groups": "group_set_id",
}  # fmt: skip
# What is of the place where somebody lives and not of the person.
_OF_THE_PLACE = frozenset({"village", "household_no", "relation", "residence"})
# Father and son may share their name, and day and month of birth.
_DAYS_OF_A_MISTAKE = 4000
# Which of two listings of a person is the stronger one.
_RANKS = {"permanent": 1, "temporary_12m": 2, "temporary_short": 3}


class State(NamedTuple):
    """What a list says of a person (`STATE`). A row that only says that somebody is gone may lack birth date and sex."""

    citizen_id: str | None
    insurance_no: str | None
    insurance_key: str | None
    full_name: str
    name_key: str
    name_fold: str
    birth_date: date
    birth_precision: str
    sex: int
    ethnic_code: str | None
    phone: str | None
    village: str | None
    household_no: str | None
    relation: str | None
    guardian_citizen_id: str | None
    residence: str
    group_set_id: int | None


STATE = State._fields


class States:
    """Makes states of the cells of rows, keeping equal values once.

    Where a whole commune is looked at, its rows say nearly everything that the roster says.
    """

    def __init__(self) -> None:
        self._kept: dict[Any, Any] = {}

    def __call__(self, cells: Sequence[Any]) -> State:
        return State._make(map(self._kept.setdefault, cells, cells))


# Their keys say no more than the names themselves.
_compared = attrgetter(*(name for name in STATE if name not in ("insurance_key", "name_key", "name_fold")))


@dataclass(frozen=True)
class Known:
    """What the roster knows of the people whom the rows of a list may mean, by their ids.

    Attributes:
        people: who is on the roster.
        lives_in: the commune of each of them.
        past: the last state of those who are on it no more.
        last: of each of them the last commune, and why the state ended.
        claims: listings by this commune of people who live elsewhere, or nowhere.
        former: numbers that a person has no more: kind, number, person.
        free: whom the commune listed before and whose old row is not on the new list.
    """

    people: dict[int, State]
    lives_in: dict[int, str]
    past: dict[int, State]
    last: dict[int, tuple[str, str]]
    claims: dict[int, State]
    former: list[tuple[str, str, int]]
    free: frozenset[int]

    def with_more(self, other: Known) -> Known:
        """These people and those of `other`; who is free is known already."""
        return Known(
            other.people | self.people,
            other.lives_in | self.lives_in,
            other.past | self.past,
            other.last | self.last,
            other.claims | self.claims,
            self.former + other.former,
            self.free,
        )

    def listed_here(self, commune_code: str) -> list[tuple[int, State]]:
        """Who is free, as the commune listed them: people who live in it, and its claims."""
        here = [one for one in self.people.items() if one[0] in self.free and self.lives_in[one[0]] == commune_code]
        return here + [one for one in self.claims.items() if one[0] in self.free]


class Matching:
    """The rows of a delivery, and the person whom each means as far as was found.

    Args:
        rows: `row_id`, `leaves` (what a list of changes says of somebody who is gone), `STATE`.
        commune_code: whose list it is.
        states: what the people whom the roster knows are made with, too.
    """

    def __init__(self, rows: pl.DataFrame, commune_code: str, states: States) -> None:
        self._rows = rows
        self._here = commune_code
        self._marks = list(map(states, rows.select(STATE).iter_rows()))
        self._leaves: list[bool] = rows["leaves"].is_not_null().to_list()
        self._persons: list[int | None] = [None] * rows.height
        self._taken: set[int] = set()

    def with_persons(self) -> pl.DataFrame:
        """The rows with `person_id`."""
        import polars as pl

        return self._rows.with_columns(pl.Series("person_id", self._persons, pl.Int64))

    def unknown(self) -> pl.DataFrame:
        """The rows for which nobody was found."""
        return self._rows[self._open()]

    def _open(self) -> list[int]:
        return [at for at, person in enumerate(self._persons) if person is None]

    def by_number(self, known: Known, kind: Kind) -> None:
        """Find whom a number means.

        A number alone never makes two entries one person: parents give theirs for a child, and a clerk repeats one twin's in
        the other's row. The row must agree with what was last known of the person, as `_agreement` says. Whoever holds
        another valid personal number is somebody else, with one exception: a person of this commune whose old row is gone,
        of the same insurance number, name, birth date and sex, had the number put right. An insurance number is looked for
        among people without a personal number, of the same name and birth date, of this commune, and among those who left.

        The better agreement wins, a current number before a former one. People whose old row stands on the new list are
        taken. Who agrees with nobody is left to `by_name` and else is a new person; the number's holder keeps the identity.

        Args:
            known: at least everyone with one of the numbers.
        """
        number_of: Callable[[State], str | None] = attrgetter("citizen_id" if kind == "citizen_id" else "insurance_key")
        asked = {at: number for at in self._open() if (number := number_of(self._marks[at])) is not None}
        numbers = set(asked.values())
        holders: defaultdict[str | None, list[tuple[int, bool]]] = defaultdict(list)
        for person, marks in known.people.items():
            if (number := number_of(marks)) in numbers:
                holders[number].append((person, True))
        for of_kind, value, person in known.former:
            if of_kind == kind and value in numbers:
                holders[value].append((person, False))
        pairs: list[tuple[int, int, tuple[int, ...]]] = []
        for at, number in asked.items():
            row = self._marks[at]
            for person, is_current in holders.get(number, ()):
                found = known.people.get(person) or known.past.get(person)
                if found is None or not self._may_mean(person, known):
                    continue
                rank = _agreement(row, found, leaves=self._leaves[at])
                if rank is not None and (
                    kind == "citizen_id" or _same_holder(row, found, rank, is_current, is_free=person in known.free)
                ):
                    pairs.append((at, person, (rank, not is_current)))
        self._take(pairs)

    def _may_mean(self, person: int, known: Known) -> bool:
        """Whether a person can be on the list in other words: nobody whose old row stands on it."""
        if person in self._taken:
            return False
        return person in known.free or (known.lives_in.get(person) != self._here and person not in known.claims)

    def by_name(self, known: Known, *, is_complete: bool) -> None:
        """Find whom name, birth date and sex mean, among those whom the commune listed before and whose old row is gone.

        Only pairs that are the only ones possible count; among namesakes, and when only the year of birth is known, the
        household or the village must agree too, and where two insurance numbers differ the village at least. Nor is it known
        from a list of changes that an old row is gone: who is in another household there is somebody else. Two different
        personal numbers never become one person here, except that a number gives way to another when everything else agrees
        down to day and household and the old number is on the list no more (a typing error put right). A row that only says
        that somebody is gone may leave the sex out. In one household the birth date may also be completed, or put right in
        one of day, month and year.

        Args:
            is_complete: whether it is a complete list.
        """
        namesakes: defaultdict[str, list[tuple[int, State]]] = defaultdict(list)
        for person, marks in known.listed_here(self._here):
            if person not in self._taken:
                namesakes[marks.name_key].append((person, marks))
        numbers: defaultdict[tuple[str | None, str], set[int]] = defaultdict(set)
        for at, row in enumerate(self._marks):
            numbers[row.citizen_id, row.name_key].add(at)
        pairs = []
        for at in self._open():
            row = self._marks[at]
            for person, marks in namesakes.get(row.name_key, ()):
                is_same_sex = row.sex == marks.sex or (self._leaves[at] and row.sex is None)
                # Somebody else of that name on the list has the number now.
                is_elsewhere = marks.citizen_id is not None and numbers.get((marks.citizen_id, row.name_key), {at}) - {at}
                if is_same_sex and not is_elsewhere and (row.birth_date == marks.birth_date or _at_home(row, marks)):
                    pairs.append(_Pair(at, person, row, marks))
        alone = {name: _alone(pairs, name) for name in ("possible", "household", "village")}
        levelled: list[tuple[int, int, tuple[int, ...]]] = []
        for pair in pairs:
            level = None
            if not pair.same_date:
                level = 4 if not (pair.other_number or pair.other_insurance) and alone["household"](pair) else None
            elif pair.household and alone["household"](pair) and (pair.is_exact or not pair.other_number):
                level = 1
            elif not pair.other_number:
                if pair.village and alone["village"](pair):
                    level = 2
                elif (
                    pair.is_exact
                    and alone["possible"](pair)
                    and not pair.other_insurance
                    and (is_complete or not pair.other_household)
                ):
                    level = 3
            if level is not None:
                levelled.append((pair.at, pair.person, (level,)))
        self._take(levelled)

    def _take(self, pairs: Iterable[tuple[int, int, tuple[int, ...]]]) -> None:
        """Give each row the person of its best pair, where it is also the person's best one."""
        of_row: dict[int, tuple[tuple[int, ...], int]] = {}
        for at, person, rank in pairs:
            of_row[at] = min(of_row.get(at, (rank, person)), (rank, person))
        of_person: dict[int, tuple[tuple[int, ...], int]] = {}
        for at, (rank, person) in of_row.items():
            of_person[person] = min(of_person.get(person, (rank, at)), (rank, at))
        for person, (_, at) in of_person.items():
            self._persons[at] = person
        self._taken.update(of_person)

    def repeated(self, known: Known) -> list[bool]:
        """Which rows, none of them with a number or a person, are of somebody who stands on the list already.

        In a row with a number or above in the same delivery, or in a row that was accepted before and is still there, of a
        resident or of somebody who lives elsewhere. Name, birth date to the day, sex, village and household agree.

        Args:
            known: at least everyone whom the commune lists by such a row's name and birth date.
        """

        def same(marks: State) -> tuple[object, ...] | None:
            key = marks.name_key, marks.birth_date, marks.sex, marks.village, marks.household_no
            return key if marks.birth_precision == "day" and None not in key else None

        keys = [None if leaves else same(marks) for marks, leaves in zip(self._marks, self._leaves, strict=True)]
        there = {key for key, marks in zip(keys, self._marks, strict=True) if marks.citizen_id is not None}
        residents = (one for one in known.people.items() if known.lives_in[one[0]] == self._here)
        there |= {same(marks) for person, marks in (*residents, *known.claims.items()) if person not in known.free}
        found = []
        for key, marks, person in zip(keys, self._marks, self._persons, strict=True):
            is_open = person is None and marks.citizen_id is None
            found.append(key is not None and is_open and key in there)
            there.add(key)
        return found

    def spared(self, known: Known, rejected: pl.DataFrame) -> list[int]:
        """Who is on the list all the same, in a row that was rejected: nobody leaves the roster, and no claim ends, because
        of a clerk's mistake. Known by one of the numbers, else by the name with the birth date or, where the date is the
        mistake, the household.

        Args:
            rejected: as `sangloc.roster.parsing.Parsed` has it.
        """
        missing = [one for one in known.listed_here(self._here) if one[0] not in self._taken]
        if not missing or rejected.is_empty():
            return []
        said: set[tuple[object, ...]] = set()
        for citizen_id, insurance_key, name_key, birth_date, household_no in rejected.iter_rows():
            said |= {("citizen", citizen_id), ("insurance", insurance_key)}
            said |= {("birth", name_key, birth_date), ("household", name_key, household_no)} if name_key else set()
        found = set()
        for person, marks in missing:
            keys = (
                ("citizen", marks.citizen_id),
                ("insurance", marks.insurance_key),
                ("birth", marks.name_key, marks.birth_date),
                ("household", marks.name_key, marks.household_no),
            )
            if any(key[-1] is not None and key in said for key in keys):
                found.add(person)
        return sorted(found)


def _agreement(row: State, known: State, *, leaves: bool) -> int | None:
    """How well a row and a person agree, the best first; None when they do not.

    1. same name, same birth date and same sex;
    2. same name and same birth date (the sex put right);
    3. same name, and of one of the two birth dates only the year (or month) is known, which the other one has too;
    4. same name and sex, and a birth date mistyped: day and month swapped, or one of day, month and year different;
    5. a name put right: same birth date to the day, same sex, and the names are equal without diacritics, or family and
       given name are and the one name has all words of the other (a middle name left out or added). Twins may share family
       and given name, therefore an equal given name alone is not enough;
    6. a row that only says that somebody is gone, and no birth date: the same name.
    """
    same_birth = row.birth_date == known.birth_date and row.birth_precision == known.birth_precision
    same_sex = row.sex == known.sex
    if row.name_key == known.name_key:
        if same_birth:
            return 1 if same_sex else 2
        return _nearly_born(row, known, same_sex=same_sex) if row.birth_date is not None else 6 if leaves else None
    if same_birth and same_sex and row.birth_precision == "day" and _put_right(row.name_fold, known.name_fold):
        return 5
    return None


def _nearly_born(row: State, known: State, *, same_sex: bool) -> int | None:
    mine, theirs = row.birth_date, known.birth_date
    precisions = {row.birth_precision, known.birth_precision}
    if precisions != {"day"}:
        return 3 if mine.year == theirs.year and ("year" in precisions or mine.month == theirs.month) else None
    is_swapped = mine.year == theirs.year and (mine.month, mine.day) == (theirs.day, theirs.month)
    return 4 if same_sex and (is_swapped or _fields_different(mine, theirs) == 1) else None


def _put_right(name: str, known: str) -> bool:
    mine, theirs = name.split(" "), known.split(" ")
    return mine == theirs or (
        mine[0] == theirs[0] and mine[-1] == theirs[-1] and (set(mine) <= set(theirs) or set(mine) >= set(theirs))
    )


def _same_holder(row: State, known: State, rank: int, is_current: bool, *, is_free: bool) -> bool:
    """Whether an insurance number in common may make them one person."""
    if _differ(row.citizen_id, known.citizen_id) and not (rank == 1 and is_free):
        return False
    born_so = row.birth_date == known.birth_date and row.name_fold == known.name_fold
    return not is_current or known.citizen_id is None or is_free or born_so


def _at_home(row: State, known: State) -> bool:
    """Whether two birth dates in one household may be the same one, completed or put right."""
    mine, theirs = row.birth_date, known.birth_date
    if row.household_no is None or row.household_no != known.household_no or mine is None:
        return False
    if abs((mine - theirs).days) >= _DAYS_OF_A_MISTAKE:
        return False
    precisions = {row.birth_precision, known.birth_precision}
    if precisions == {"day"}:
        return _fields_different(mine, theirs) == 1
    return mine.year == theirs.year and ("year" in precisions or mine.month == theirs.month)


def _fields_different(one: date, other: date) -> int:
    return (one.year != other.year) + (one.month != other.month) + (one.day != other.day)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


class _Pair:
    """A row and somebody of the same name and sex, whose birth date is the same or may be."""

    def __init__(self, at: int, person: int, row: State, known: State) -> None:
        self.at, self.person = at, person
        self.possible = True
        self.household = row.household_no is not None and row.household_no == known.household_no
        self.village = row.village is not None and row.village == known.village
        self.is_exact = row.birth_precision == "day" and known.birth_precision == "day"
        self.other_number = _differ(row.citizen_id, known.citizen_id)
        self.other_household = _differ(row.household_no, known.household_no)
        # A personal number may stand in the place of an insurance number.
        self.other_insurance = _differ(row.insurance_key, known.insurance_key) and (
            len(row.insurance_key or "") == len(known.insurance_key or "")
        )
        self.same_date = row.birth_date == known.birth_date


def _alone(pairs: Iterable[_Pair], name: str) -> Callable[[_Pair], bool]:
    """Whether a pair that has the mark is the only one of its row, and of its person, that has it: pairs of the same birth
    date and others each among themselves.
    """
    of_row: defaultdict[tuple[int, bool], int] = defaultdict(int)
    of_person: defaultdict[tuple[int, bool], int] = defaultdict(int)
    for pair in pairs:
        if getattr(pair, name):
            of_row[pair.at, pair.same_date] += 1
            of_person[pair.person, pair.same_date] += 1
    return lambda pair: of_row[pair.at, pair.same_date] == 1 and of_person[pair.person, pair.same_date] == 1


def decide(rows: pl.DataFrame, known: Known, commune_code: str, present: Iterable[str], *, short_counts: bool) -> pl.DataFrame:
    """What each row does to the roster: `rows` with what the list does not say filled in, and `action`, `change`, `lived_in`.

    A person on another commune's list moves here when this listing is news and as strong as that one (permanent before
    temporary from 12 months before shorter stays; the later list wins among equals). What this commune has listed before,
    and no more strongly, is no news: the person stays where the last news put them. Who died stays dead though a commune
    still has the person on its list; a new listing brings the person back. A short stay takes nobody from elsewhere unless
    the province's rule counts it.

    `action` is new, returned (was on no list), changed, moved (from another commune), unchanged, claim (stays elsewhere),
    leaves, unlists (leaves, but lives elsewhere) or unknown (leaves, but is nobody). `change` is the same but for somebody
    who returned from another commune, who moved. `lived_in` is the commune of who was on the roster.

    Args:
        rows: of `Matching.with_persons`, without those that are repeated.
        present: the columns of the layout that the list has.
        short_counts: the province's rule.
    """
    import polars as pl

    rows = _filled(rows, known, commune_code, frozenset(present))
    said = map(State._make, rows.select(STATE).iter_rows())
    persons = rows["person_id"].to_list()
    lived_in = [known.lives_in.get(person) for person in persons]
    actions, changes = [], []
    for row, person, leaves, commune in zip(said, persons, rows["leaves"], lived_in, strict=True):
        change = None
        if leaves is not None:
            action = "leaves" if commune == commune_code else "unlists" if person in known.claims else "unknown"
        elif person is None:
            action = "new"
        elif commune is None:
            last_commune, last_reason = known.last.get(person, (commune_code, ""))
            action = "claim" if last_reason == "died" and person in known.claims else "returned"
            if action == "returned" and last_commune != commune_code:
                change = "moved"
        elif commune == commune_code:
            action = "unchanged" if _compared(row) == _compared(known.people[person]) else "changed"
        else:
            rank = _RANKS[row.residence]
            is_news = person not in known.claims or _RANKS[known.claims[person].residence] > rank
            counts = short_counts or row.residence != "temporary_short"
            action = "moved" if is_news and counts and rank <= _RANKS[known.people[person].residence] else "claim"
        actions.append(action)
        changes.append(change or action)
    return rows.with_columns(
        pl.Series("action", actions, pl.String),
        pl.Series("change", changes, pl.String),
        pl.Series("lived_in", lived_in, pl.String),
    )


def _filled(rows: pl.DataFrame, known: Known, commune_code: str, present: frozenset[str]) -> pl.DataFrame:
    """What the list does not say stays as it was: a number it leaves out, and every column it does not have. Of a person who
    lives elsewhere that is what this commune said, not the other one; where it has said nothing yet, only what is the person's
    own and not the place's is known. Who comes back has the number they left with.
    """
    import polars as pl

    persons = [None if leaves else person for person, leaves in rows.select("person_id", "leaves").iter_rows()]
    was = [
        None if person is None else known.claims.get(person) or known.people.get(person) or known.past.get(person)
        for person in persons
    ]
    here = [
        before if person in known.claims or known.lives_in.get(person or 0) == commune_code else None
        for person, before in zip(persons, was, strict=True)
    ]
    filled = []
    for name in STATE[:3]:
        kept = [
            before and getattr(before, name) if cell is None else cell for cell, before in zip(rows[name], was, strict=True)
        ]
        filled.append(pl.Series(name, kept, rows.schema[name]))
    for heading, name in _OPTIONAL.items():
        if heading not in present:
            said = here if name in _OF_THE_PLACE else was
            kept = [cell if before is None else getattr(before, name) for cell, before in zip(rows[name], said, strict=True)]
            filled.append(pl.Series(name, kept, rows.schema[name]))
    return rows.with_columns(filled)


def may_share_numbers(decided: pl.DataFrame, listed: pl.DataFrame, known: Known) -> bool:
    """Whether a personal number may have come to two people.

    Args:
        decided: as `decide` gives it, with a `person_id` for everyone new.
        listed: the rows before anything was filled in.
        known: at least everyone with a number of the rows.
    """
    holders: dict[str, int] = {}
    for person, marks in known.people.items():
        if marks.citizen_id is not None and holders.setdefault(marks.citizen_id, person) != person:
            return True
    bare = set(listed.filter(listed["citizen_id"].is_null())["row_id"])
    for row_id, person, number, action in decided.select("row_id", "person_id", "citizen_id", "action").iter_rows():
        if number is None or action not in ("new", "returned", "changed", "moved"):
            continue
        # Taken from what was known of somebody who does not live here: who else has the number was not asked.
        is_unasked = row_id in bare and (person in known.claims or person not in known.people)
        if is_unasked or holders.setdefault(number, person) != person:
            return True
    return False
