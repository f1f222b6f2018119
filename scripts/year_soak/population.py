"""Made-up people of each province and their examinations over the whole time, and what reports have to say of them.

The files are the project's own sample. What a report has to say is counted here from the sample's truth and from the day on
which each file came, with nothing of the project's: no statement, no linkage, no profile.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from year_soak.model import ONE_DAY, Moment, Owed

PEOPLE, SEED = 2500, 11
# The day on which the lists were made: nobody in them was born later.
LISTED_ON = date(2026, 7, 20)
EVENING = time(20)
SHEETS = ("school", "worker", "occupational")
# Orders 002 to 004 leave open which examination of a day counts and which stand for each other; as docs/linkage.md decides it.
RANK = ("worker", "school", "periodic", "screening", "occupational", "insurance")
GENERAL = ("worker", "school", "periodic", "screening")
COMPARED = (
    "roster_people", "people_examined_year", "people_examined_period", "examined_share", "examined_share_period",
    "health_book_share", "first_books_period", "records_counted", "paid_twice", "repeated_exams", "timeliness",
    "timeliness_facility", "linkage", "rows_rejected",
)  # fmt: skip
Figures = dict[tuple[str, str, str], tuple[Any, Any]]

UNFOUND = """
SELECT e.facility_code, e.ma_lk FROM exam.encounter AS e
WHERE e.is_current AND e.province_code = '{code}'
    AND NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = e.encounter_id)
"""
FOUND = """
SELECT e.facility_code, e.ma_lk, b.person_id FROM health_book.entry AS n
INNER JOIN health_book.book AS b ON n.book_id = b.book_id
INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
WHERE e.is_current AND e.province_code = '{code}'
"""
ASKED = """
SELECT r.review_id, e.facility_code, e.ma_lk, r.candidate_person_ids FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id
WHERE r.state = 'open' AND e.is_current AND e.province_code = '{code}' AND r.candidate_person_ids <> '{{}}'
ORDER BY r.review_id
"""
LISTED = """
SELECT person_id, citizen_id, commune_code, full_name, birth_date::text FROM roster.person WHERE province_code = '{code}'
"""


class Asked(Protocol):
    """What can be asked for rows of the warehouse."""

    def query(self, statement: str) -> list[Any]: ...


@dataclass(frozen=True)
class Person:
    """A person of a list: of which commune, sex, year of birth, and whether the yearly examination is owed."""

    commune: str
    sex: str
    born: int
    resident: bool


@dataclass(frozen=True)
class Record:
    """An examination as it was sent."""

    key: tuple[str, str]
    file: str
    source: str
    version: int
    truth_id: str
    day: date
    linkable: bool
    reject: str


@dataclass
class Place:
    """A province's people, what has come of them so far, and who has had a book since when."""

    slug: str
    code: str
    files: Path
    people: dict[str, Person]
    rows: Counter[bool]
    records: list[Record]
    arrival: dict[str, Moment]
    listed_at: Moment
    numbers: dict[str, str]
    names: dict[tuple[str, str, str], list[str]]
    booked: dict[str, Moment] = field(default_factory=dict)
    # After each arrival, the examinations that are in nobody's book.
    unfound: list[tuple[Moment, set[tuple[str, str]]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def arrived(self, until: Moment) -> list[Record]:
        return [record for record in self.records if self.arrival[record.file] <= until]

    def newest(self, until: Moment) -> dict[tuple[str, str], Record]:
        """Each examination as it stands: its last version of those that were not rejected."""
        found: dict[tuple[str, str], Record] = {}
        for record in self.arrived(until):
            if not record.reject and (record.key not in found or found[record.key].version < record.version):
                found[record.key] = record
        return found

    def in_books(self, until: Moment) -> dict[tuple[str, str], Record]:
        """Of those, the ones in somebody's book: of people on a list, but for those that nobody could find."""
        lost = next((keys for at, keys in reversed(self.unfound) if at <= until), set())
        return {key: record for key, record in self.newest(until).items() if record.truth_id in self.people and key not in lost}


class Population:
    """The people of all provinces.

    Args:
        folder: an empty folder for the sample.
        landing: the landing zone.
        joined: the day on which each province begins.
        last: the last day.
    """

    def __init__(self, folder: Path, landing: Path, joined: dict[str, date], last: date) -> None:
        from sangloc import provinces, sample

        self.landing, self.last, self.places = landing, last, dict[str, Place]()
        self.compared = 0
        for slug, first in joined.items():
            sample.generate(slug, PEOPLE, SEED, folder / "landing", LISTED_ON, exams_until=last + ONE_DAY)
            self.places[slug] = _place(slug, provinces.load(slug).code, folder, first, last)

    def agenda(self, slug: str) -> Iterator[tuple[Moment, Callable[[Asked], None]]]:
        """When lists and examinations come, and when everybody gets a book."""
        place = self.places[slug]
        if place.listed_at.date() <= self.last:
            yield place.listed_at, lambda world: self._lists(place)
        for at in sorted({at for at in place.arrival.values() if at.date() <= self.last}):
            yield at, lambda world, at=at: self._exams(world, place, at)  # type: ignore[misc]
        # As soon as the scheduler is back.
        for year in range(place.listed_at.year + 1, self.last.year + 1):
            at = datetime(year, 1, 12, 3)  # noqa: DTZ001
            if at.date() <= self.last:
                yield at, lambda world, at=at: self._books(place, at)  # type: ignore[misc]

    def _lists(self, place: Place) -> None:
        from sangloc import provinces, roster

        self._lay(place, [path for path in (place.files / "roster").rglob("*") if path.is_file()], place.listed_at)
        for commune in provinces.communes(place.slug):
            roster.refresh_commune(place.slug, commune.code, "soak")
        roster.age_groups(place.slug)
        roster.reconcile(place.slug)

    def _lay(self, place: Place, files: list[Path], now: Moment) -> None:
        came = (now - timedelta(minutes=1)).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()
        for path in files:
            target = self.landing / place.slug / path.relative_to(place.files)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (came, came))

    def _exams(self, world: Asked, place: Place, now: Moment) -> None:
        from sangloc import exams, linkage, roster

        self._lay(place, [place.files / file for file, at in place.arrival.items() if at == now], now)
        for sender in exams.new_senders(place.slug):
            exams.load_sender(place.slug, sender["source"], sender["sender"], f"soak {now}")
        linkage.link(place.slug, f"soak {now}")
        roster.unlisted(place.slug)
        self._answer(world, place, now)
        self._look(world, place, now)

    def _answer(self, world: Asked, place: Place, now: Moment) -> None:
        """An officer who knows everybody answers every case in which somebody came into question."""
        from sangloc import health_book

        current, known = place.newest(now), _who_is_who(world, place)
        for review, facility, ma_lk, candidates in world.query(ASKED.format(code=place.code)):
            meant = current[facility, ma_lk].truth_id
            own = [person for person in candidates if known.get(person) == meant]
            if own:
                health_book.decide(review, "link", "officer", own[0])
            elif meant not in place.people:
                health_book.decide(review, "new_person", "officer")

    def _look(self, world: Asked, place: Place, now: Moment) -> None:
        """Nothing is in a wrong book, and nothing outside that number, name and birth date say plainly."""
        current, known = place.newest(now), _who_is_who(world, place)
        lost = {(facility, ma_lk) for facility, ma_lk in world.query(UNFOUND.format(code=place.code))}
        found = {(facility, ma_lk): person for facility, ma_lk, person in world.query(FOUND.format(code=place.code))}
        name = f"{place.slug}: {now:%Y-%m-%d}"
        if found.keys() | lost != current.keys():
            place.wrong.append(f"{name}: {len(found.keys() | lost)} examinations in force; expected {len(current)}")
        both = [(current[key].truth_id, known[person]) for key, person in found.items() if person in known and key in current]
        others = sum(meant != person for meant, person in both)
        plain = sum(key in lost and record.linkable for key, record in current.items())
        listed = [key for key, record in current.items() if record.truth_id in place.people]
        missing = sum(key in lost for key in listed)
        if others or plain or missing > 2 + 0.02 * len(listed):
            place.wrong.append(f"{name}: {others} in a wrong book, {plain} plain ones and {missing} of {len(listed)} in none")
        place.unfound.append((now, lost))
        for record in place.in_books(now).values():
            place.booked.setdefault(record.truth_id, now)

    def _books(self, place: Place, now: Moment) -> None:
        from sangloc import health_book, provinces

        for commune in provinces.communes(place.slug):
            health_book.open_books(place.slug, commune.code, f"soak {now}")
        for person in place.people:
            place.booked.setdefault(person, now)

    def expected(self, slug: str, one: Owed, at: Moment) -> Figures:
        """What a report that is compiled at this moment has to say; nothing before the lists have come."""
        place = self.places[slug]
        return _expected(place, starts(one), one.ends, at) if at > place.listed_at else {}


def starts(one: Owed) -> date:
    """The first day of a report's period; an ad-hoc one's is the day itself."""
    if one.begun_at is not None:
        return one.ends
    if one.annual:
        return one.ends.replace(year=one.ends.year - 1) + ONE_DAY
    return one.ends.replace(month=one.ends.month - 2, day=1) if "-Q" in one.key else one.ends.replace(day=1)


def _place(slug: str, code: str, folder: Path, first: date, last: date) -> Place:
    truth, files = folder / "truth" / slug, folder / "landing" / slug
    rows = list(_rows(truth / "roster_rows.csv"))
    born = {row["truth_id"]: row for row in _rows(truth / "people.csv")}
    short = _short_stays(files, rows)
    people = {
        row["truth_id"]: Person(
            row["commune_code"],
            born[row["truth_id"]]["sex"],
            int(born[row["truth_id"]]["birth_date"][:4]),
            (row["file"], row["row_number"]) not in short,
        )
        for row in rows
        if not row["reject_code"]
    }
    records = [
        Record(
            (row["facility_code"], row["ma_lk"]), row["file"], row["source"], int(row["version"]), row["truth_id"],
            date.fromisoformat(row["exam_date"]), row["linkable"] == "1", row["reject_code"],
        )
        for row in _rows(truth / "exams.csv")
    ]  # fmt: skip
    listed_at = max(datetime.combine(first, time(0, 40)), datetime.combine(LISTED_ON, EVENING))
    arrival = {record.file: max(_sent_at(record, last), listed_at + timedelta(hours=1)) for record in records}
    numbers = {row["citizen_id"]: key for key, row in born.items() if row["citizen_id"]}
    names: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for key, row in born.items():
        names[row["commune_code"], _plain(row["full_name"]), row["birth_date"][:4]].append(key)
    counted = Counter(bool(row["reject_code"]) for row in rows)
    return Place(slug, code, files, people, counted, records, arrival, listed_at, numbers, names)


def _sent_at(record: Record, last: date) -> Moment:
    """When a month's file comes: on the month's last evening; of some senders on the tenth of the month after.

    A correction comes with the month after that of its examination.
    """
    day = min(record.day, last)
    month = day.year * 12 + day.month - 1 + (record.version > 1)
    after = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return datetime.combine(after.replace(day=10) if int(record.key[0]) % 7 == 3 else after - ONE_DAY, EVENING)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _short_stays(files: Path, rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    """File and line of everybody who is there for less than twelve months, as the lists themselves say."""
    from python_calamine import CalamineWorkbook

    found = set()
    for name in {row["file"] for row in rows}:
        content = (files / name).read_bytes()
        if name.endswith("xlsx"):
            lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        else:
            text = content.decode("utf-8-sig")
            lines = list(csv.reader(io.StringIO(text), delimiter=";" if text.partition("\n")[0].count(";") > 3 else ","))
        for number, line in enumerate(lines, start=1):
            if any("tam tru duoi 12" in _plain(str(cell)) for cell in line):
                found.add((name, str(number)))
    return found


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())


def _who_is_who(world: Asked, place: Place) -> dict[int, str]:
    """The sample's person behind each one on the lists: by number, else by commune, name and year of birth."""
    found = {}
    for person, number, commune, name, born in world.query(LISTED.format(code=place.code)):
        same = place.names.get((commune, _plain(name), born[:4]), [])
        if number in place.numbers:
            found[person] = place.numbers[number]
        elif len(same) == 1:
            found[person] = same[0]
    return found


def _expected(place: Place, first: date, last: date, at: Moment) -> Figures:
    """Counted person by person and record by record."""
    counted: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(indicator: str, breakdown: str, key: str, numerator: int, denominator: int) -> None:
        cell = counted[indicator, breakdown, key]
        cell[0] += numerator
        cell[1] += denominator

    year = last.year
    examined = [record for record in place.in_books(at).values() if record.day <= last]
    by_year = {each: _by_person([record for record in examined if record.day.year == each]) for each in {first.year, year}}
    firsts = {person: taken[0] for person, taken in by_year[year].items()}
    # Where the period reaches over New Year, who was examined on both sides counts by the earlier one.
    in_period: dict[str, Record] = {}
    for each in sorted(by_year):
        for known, taken in by_year[each].items():
            if taken[0].day >= first:
                in_period.setdefault(known, taken[0])

    for indicator, counts in (("people_examined_year", firsts), ("people_examined_period", in_period)):
        counted[indicator, "total", ""] = [len(counts), len(counts)]
        for source, number in Counter(record.source for record in counts.values()).items():
            counted[indicator, "source", source] = [number, len(counts)]

    for name, person in place.people.items():
        add("roster_people", "total", "", 1, 0)
        add("roster_people", "residence", "resident" if person.resident else "short_stay", 1, 0)
        if not person.resident:
            continue
        booked = place.booked.get(name)
        months = booked is not None and datetime.combine(first, time.min) <= booked < datetime.combine(last + ONE_DAY, time.min)
        for indicator, true in (
            ("examined_share", name in firsts),
            ("examined_share_period", name in in_period),
            ("health_book_share", booked is not None and booked <= at),
            ("first_books_period", months and booked is not None and booked <= at),
        ):
            for breakdown, part in (
                ("total", ""), ("commune", person.commune), ("sex", person.sex), ("age", _age(year - person.born)),
            ):  # fmt: skip
                add(indicator, breakdown, part, true, 1)

    for indicator in ("records_counted", "paid_twice", "repeated_exams", "linkage", "timeliness"):
        add(indicator, "total", "", 0, 0)
    for record in firsts.values():
        for breakdown, part in (("total", ""), ("source", record.source)):
            add("records_counted", breakdown, part, 1, 0)
    for taken in by_year[year].values():
        for number, record in enumerate(taken):
            earlier = {one.source for one in taken[:number] if one.source in _alike(record.source)}
            for breakdown, part in (("total", ""), ("source", record.source)):
                add("paid_twice", breakdown, part, bool(earlier - {record.source}), 1)
                add("repeated_exams", breakdown, part, earlier == {record.source}, 1)

    came = _first_arrivals(place, at)
    in_books = place.in_books(at)
    for key, record in place.newest(at).items():
        if record.day > last:
            continue
        if record.day.year == year:
            add("records_counted", "total", "", 0, 1)
            add("records_counted", "source", record.source, 0, 1)
            add("linkage", "total", "", key in in_books, 1)
        if record.day >= first:
            in_time = _in_time(record, came[key])
            add("timeliness", "total", "", in_time, 1)
            add("timeliness", "source", record.source, in_time, 1)
            add("timeliness_facility", "facility", record.key[0], in_time, 1)

    # Up to the moment at which the report is compiled, which may lie in the next year.
    if place.listed_at.year >= year:
        add("rows_rejected", "kind", "roster", place.rows[True], sum(place.rows.values()))
    for record in place.arrived(at):
        if place.arrival[record.file].year >= year:
            add("rows_rejected", "kind", "exam", bool(record.reject), 1)
    return {cell: (value[0], None if cell[0] == "roster_people" else value[1]) for cell, value in counted.items()}


def _by_person(records: list[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda each: (each.day, RANK.index(each.source))):
        found[record.truth_id].append(record)
    return found


def _alike(source: str) -> tuple[str, ...]:
    return GENERAL if source in GENERAL else (source,)


def _age(years: int) -> str:
    return "under_6" if years < 6 else "6_17" if years < 18 else "18_59" if years < 60 else "60_plus"


def _first_arrivals(place: Place, at: Moment) -> dict[tuple[str, str], Moment]:
    found: dict[tuple[str, str], Moment] = {}
    for record in place.arrived(at):
        if not record.reject:
            came = place.arrival[record.file]
            found[record.key] = min(found.get(record.key, came), came)
    return found


def _in_time(record: Record, came: Moment) -> bool:
    """Within 24 hours. Files come in the evening and examinations end before 16:00; those of a list end with the day."""
    day = record.day + ONE_DAY if record.source in SHEETS else record.day
    return came.date() <= day
