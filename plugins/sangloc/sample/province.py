"""Generates a sample province: the landing tree and, beside it, the truth that only tests and benchmarks read."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from sangloc.errors import ConfigurationError
from sangloc.sample import exam_messages, exams, roster_files
from sangloc.sample.draw import digest
from sangloc.sample.exams import Exam, Senders
from sangloc.sample.files import sheet, write
from sangloc.sample.numbers import NumberSpace
from sangloc.sample.people import People, Place, World, build

T = TypeVar("T")

PEOPLE_HEADING = (
    "truth_id",
    "commune_code",
    "citizen_id",
    "insurance_no",
    "full_name",
    "birth_date",
    "sex",
    "on_roster",
    "guardian_truth_id",
    "twin_group",
    "irregular_number",
)
ROWS_HEADING = ("commune_code", "file", "row_number", "truth_id", "reject_code")
EXAMS_HEADING = (
    "source",
    "sender",
    "file",
    "ma_lk",
    "version",
    "truth_id",
    "facility_code",
    "exam_date",
    "linkable",
    "form",
    "mistakes",
    "reject_code",
)
CHANGES_HEADING = ("truth_id", "kind", "from_commune", "to_commune")
RECORDS_PER_FILE = {
    "screening": 250,
    "periodic": 400,
    "insurance": 1_000,
    "school": 5_000,
    "worker": 5_000,
    "occupational": 5_000,
}
# Below this many people a second process costs more than it saves.
PARALLEL_FROM = 60_000


@dataclass
class Summary:
    """What a sample holds; the same numbers stand in `truth/<slug>/summary.json`.

    Attributes:
        people: people in the roster files (month 2: after births, deaths and moves).
        rows: rows of the roster files; `accepted` of them good, the others in `rejected` by reject code.
        exams: exam records as sent, by source, resends included; `exams_rejected` of them by reject code.
        exams_current: encounters, each in its newest version, without rejected records; `exams_current_by_source` the
            same by source.
        linkable_exact: current encounters whose number, full birth date and name key are those of an accepted row.
        people_examined: people of the roster files with at least one current encounter.
        people_off_roster: people who were examined and stand in no roster file.
        mistakes: exam records by kind of mistake.
        changes: month 2 only: what happened to people, by kind.
    """

    slug: str
    people: int
    rows: int
    accepted: int
    rejected: dict[str, int]
    exams: dict[str, int] = field(default_factory=dict)
    exams_rejected: dict[str, int] = field(default_factory=dict)
    exams_current: int = 0
    exams_current_by_source: dict[str, int] = field(default_factory=dict)
    linkable_exact: int = 0
    people_examined: int = 0
    people_off_roster: int = 0
    mistakes: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    world: World
    folder: Path
    offices: Senders


@dataclass
class _Done:
    """What a commune's work hands back: pieces of the truth files, counts, and the records that other senders send."""

    people: bytes
    rows: bytes
    exams: list[tuple[str, ...]]
    others: list[Exam]
    listed: int
    reject_codes: dict[str, int]
    changes: list[tuple[str, ...]]


def generate(
    slug: str,
    people: int,
    seed: int,
    out: Path,
    as_of: date,
    month: int = 1,
    weights: Mapping[str, float] | None = None,
    exams_until: date | None = None,
) -> Summary:
    """Write a made-up province's rosters and exams into `<out>/<slug>/` and the truth into `<out>/../truth/<slug>/`.

    The same arguments always give the same bytes. With `month=2`, next month's rosters are added to the tree that
    `month=1` with the same arguments has written: births (registered late: born in the 40 days before `as_of`), deaths,
    moves between communes and into and out of the province, corrected numbers and rows; their truth files end in
    `_month2`.

    Args:
        slug: a province of `include/provinces` that `include/sample/provinces.yaml` knows.
        people: number of people on the first month's rosters, at least one for each commune.
        seed: another seed gives another province.
        out: the landing folder.
        as_of: the day on which the rosters were made, 20 July 2026 or later; exams lie in the 120 days before it, none
            before 8 July 2026, since QĐ 2062/QĐ-BYT is in force from the 7th.
        month: 1 or 2.
        weights: relative size by commune code; without it a skewed distribution that follows from the commune codes.
        exams_until: exams go on until the day before this one instead of `as_of`. Each file then holds what its sender
            examined in one month, and corrections come in files of the month after.

    Raises:
        ConfigurationError: an argument is out of range, the province has no sample data, or the folder holds another
            sample.
    """
    if as_of < exams.EARLIEST:
        raise ConfigurationError(
            f"a sample cannot be made as of {as_of}: its exams follow QĐ 2062/QĐ-BYT, in force since 2026-07-07; "
            f"expected {exams.EARLIEST} or later"
        )
    if month not in (1, 2):
        raise ConfigurationError(f"month {month} of a sample does not exist; expected 1 or 2")
    if exams_until is not None and exams_until <= as_of:
        raise ConfigurationError(f"exams until {exams_until}: expected a day after {as_of}, on which the rosters were made")
    world = _world(slug, people, seed, as_of, weights, exams_until or as_of)
    truth = out.resolve().parent / "truth" / slug
    _claim(truth, world, people, month)
    job = _Job(world, out.resolve() / slug, exams.senders(world.province_code, people))
    return _first_month(job, truth) if month == 1 else _second_month(job, truth)


def sizes(codes: Mapping[str, float], people: int) -> dict[str, int]:
    """Share `people` out in proportion to the weights, each commune at least one, the sum exact."""
    total = sum(codes.values())
    spare = people - len(codes)
    exact = {code: spare * weight / total for code, weight in codes.items()}
    shared = {code: int(value) for code, value in exact.items()}
    by_rest = sorted(exact, key=lambda code: (shared[code] - exact[code], code))
    for code in by_rest[: spare - sum(shared.values())]:
        shared[code] += 1
    return {code: 1 + number for code, number in shared.items()}


def _weight(code: str, kind: str) -> float:
    # Log-normal with the spread that real communes have; wards are about two and a half times as large as the others.
    dice = digest("size", code)
    normal = sum((dice >> 16 * turn) % 65_536 / 65_536 for turn in range(4)) - 2
    return math.exp(0.5 * normal * math.sqrt(3)) * {"phường": 2.5, "đặc khu": 0.8}.get(kind, 1.0)


def _world(slug: str, people: int, seed: int, as_of: date, weights: Mapping[str, float] | None, exams_until: date) -> World:
    from sangloc import provinces

    profile, communes = provinces.load(slug), provinces.communes(slug)
    if people < len(communes):
        raise ConfigurationError(f"{people} people are too few for {len(communes)} communes; expected at least one for each")
    if weights is None:
        chosen = {commune.code: _weight(commune.code, commune.kind) for commune in communes}
    else:
        missing = sorted(commune.code for commune in communes if weights.get(commune.code, 0) <= 0)
        if missing:
            raise ConfigurationError(f"weights: expected a positive number for each commune; missing {', '.join(missing)}")
        chosen = {commune.code: float(weights[commune.code]) for commune in communes}
    size = sizes(chosen, people)
    places = tuple(
        Place(index, c.code, c.name, c.kind == "phường", c.kind == "đặc khu", size[c.code])
        for index, c in enumerate(sorted(communes, key=lambda c: c.code))
    )
    return World(slug, profile.code, profile.name, seed, as_of, places, NumberSpace(seed, len(places)), exams_until)


def _claim(truth: Path, world: World, people: int, month: int) -> None:
    """Refuse to mix two samples in one folder."""
    path = truth / "parameters.json"
    sizes_hash = f"{digest(*(place.size for place in world.places)):032x}"
    wanted = {
        "slug": world.slug,
        "people": people,
        "seed": world.seed,
        "as_of": str(world.as_of),
        "communes": sizes_hash,
    }
    if world.exams_until != world.as_of:
        wanted["exams_until"] = str(world.exams_until)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found = None
    except ValueError:
        raise ConfigurationError(f"{path} is damaged; remove the sample's landing and truth folders and run again") from None
    if found is None and month == 2:
        raise ConfigurationError(f"{truth} has no first month; generate month 1 with the same arguments first")
    if found is not None and found != wanted:
        shown = ", ".join(f"{key} {found.get(key)}" for key in ("people", "seed", "as_of"))
        raise ConfigurationError(
            f"{truth} belongs to another sample ({shown}); use the same arguments, choose another folder, or remove "
            "the sample's landing and truth folders first"
        )
    write(path, (json.dumps(wanted, indent=2) + "\n").encode())


# month 1 -----------------------------------------------------------------------------------------------------------


def _first_month(job: _Job, truth: Path) -> Summary:
    summary = Summary(job.world.slug, 0, 0, 0, {})
    people, rows, sent = [_line(PEOPLE_HEADING)], [_line(ROWS_HEADING)], []
    outboxes: dict[tuple[str, str], _Outbox] = {}
    rejected: Counter[str] = Counter()
    for done in _each(job, _commune_first):
        people.append(done.people)
        rows.append(done.rows)
        sent += done.exams
        summary.people += done.listed
        rejected.update(done.reject_codes)
        for exam in done.others:
            box = outboxes.setdefault((exam.source, exam.sender), _Outbox(job, exam.source, exam.sender))
            sent += box.add(exam)
    for _, box in sorted(outboxes.items()):
        sent += box.close()
    summary.accepted = rejected.pop("", 0)
    summary.rejected = dict(sorted(rejected.items()))
    summary.rows = summary.accepted + sum(rejected.values())
    _count_exams(summary, sent)
    sent.sort(key=lambda row: (row[0], row[1], row[2]))
    write(truth / "people.csv", b"".join(people))
    write(truth / "roster_rows.csv", b"".join(rows))
    write(truth / "exams.csv", _line(EXAMS_HEADING) + _lines(sent))
    write(truth / "facilities.csv", _facilities(job))
    write(truth / "summary.json", _json(summary))
    return summary


def _commune_first(job: _Job, place: Place) -> _Done:
    world = job.world
    people = build(world, place)
    state = roster_files.register(world, people)
    found = roster_files.rows(world, people, state, [])
    rows = _write_roster(job, people, found, 1)
    records = exams.examine(world, people, state, job.offices)
    own, others = (
        [exam for exam in records if exam.source == "screening"],
        [e for e in records if e.source != "screening"],
    )
    sent: list[tuple[str, ...]] = []
    if own:
        box = _Outbox(job, "screening", own[0].sender)
        for exam in own:
            sent += box.add(exam)
        sent += box.close()
    accepted = {row.truth_id for row in found if not row.reject_code}
    persons = [*range(people.residents), *range(people.residents + people.newborns, len(people.names))]
    known = [
        (
            *roster_files.truth_fields(people, person, place.code),
            "1" if people.truth_id(person) in accepted else "0",
            *roster_files.truth_extras(people, person),
        )
        for person in persons
    ]
    return _Done(_lines(known), rows, sent, others, people.residents, Counter(row.reject_code for row in found), [])


class _Outbox:
    """One sender's records on their way into files; second versions go into files of their own, after the others."""

    def __init__(self, job: _Job, source: str, sender: str) -> None:
        self.job, self.source, self.sender = job, source, sender
        self.waiting: list[Exam] = []
        self.resends: list[Exam] = []
        self.files = 0

    @property
    def monthly(self) -> bool:
        return self.job.world.exams_until > self.job.world.as_of

    def add(self, exam: Exam) -> list[tuple[str, ...]]:
        """Take a record; the truth of those that were written out by that."""
        if self.monthly:
            self.waiting.append(exam)
            return []
        if exam.version > 1:
            self.resends.append(exam)
            return []
        self.waiting.append(exam)
        return self._send(self.waiting, last=False) if len(self.waiting) >= RECORDS_PER_FILE[self.source] else []

    def close(self) -> list[tuple[str, ...]]:
        """Write out what is left; the truth of it."""
        if self.monthly:
            by_month: dict[date, list[Exam]] = {}
            for exam in self.waiting:
                by_month.setdefault(_month_of_sending(exam, self.job.world.exams_until), []).append(exam)
            return [line for month in sorted(by_month) for line in self._send(by_month[month], last=False, made_on=month)]
        written = self._send(self.waiting, last=False)
        return written + self._send(self.resends, last=True)

    def _send(self, batch: list[Exam], last: bool, made_on: date | None = None) -> list[tuple[str, ...]]:
        if not batch:
            return []
        self.files += 1
        suffix = "xlsx" if self.source in exams.SHEET_SOURCES else "xml"
        name = f"exams/{self.source}/{self.sender}/hoso_{self.files:04d}.{suffix}"
        as_of = self.job.world.as_of
        # A file is made on the day of its last exam, a correction on the day the sample is made: always later.
        days = [exam.exam_date for exam in batch if exam.exam_date < as_of.isoformat()]
        made_on = made_on or (as_of if last or not days else date.fromisoformat(max(days)))
        write(self.job.folder / name, self._content(batch, made_on))
        truth: list[tuple[str, ...]] = [
            (
                exam.source,
                exam.sender,
                name,
                exam.ma_lk,
                str(exam.version),
                exam.truth_id,
                exam.sender,
                exam.exam_date,
                str(int(exam.linkable)),
                exam.form,
                ";".join(exam.mistakes),
                exam.reject_code,
            )
            for exam in batch
        ]
        batch.clear()
        return truth

    def _content(self, batch: list[Exam], made_on: date) -> bytes:
        if self.source in exams.SHEET_SOURCES:
            headings = exams.SHEET_HEADINGS[digest(self.sender, "headings") % len(exams.SHEET_HEADINGS)]
            body = [
                [str(line) if key == "stt" else exam.payload[key] for key in headings]
                for line, exam in enumerate(batch, start=1)
                if isinstance(exam.payload, dict)
            ]
            return sheet(list(headings.values()), body, list(headings).index("stt"))
        root, code = ("GIAMDINHHS", self.sender) if self.source == "insurance" else ("KHAMSUCKHOE", exams.gln(self.sender))
        return exam_messages.envelope(root, code, f"{made_on:%Y%m%d}", (str(exam.payload) for exam in batch))


def _month_of_sending(exam: Exam, until: date) -> date:
    """The last day of the month in which a record is sent: that of the exam, for a correction the one after."""
    day = min(date.fromisoformat(exam.exam_date), until - timedelta(days=1))
    month = day.year * 12 + day.month - 1 + (exam.version > 1)
    return date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)


def _count_exams(summary: Summary, sent: list[tuple[str, ...]]) -> None:
    current: dict[tuple[str, str], tuple[str, ...]] = {}
    mistakes: Counter[str] = Counter()
    strangers = set()
    for row in sent:
        mistakes.update(kind for kind in row[10].split(";") if kind)
        if "-X" in row[5]:
            strangers.add(row[5])
        key = (row[6], row[3])
        if not row[11] and (key not in current or int(current[key][4]) < int(row[4])):
            current[key] = row
    summary.exams = dict(sorted(Counter(row[0] for row in sent).items()))
    summary.exams_rejected = dict(sorted(Counter(row[11] for row in sent if row[11]).items()))
    summary.exams_current = len(current)
    summary.exams_current_by_source = dict(sorted(Counter(row[0] for row in current.values()).items()))
    summary.linkable_exact = sum(row[8] == "1" for row in current.values())
    summary.people_examined = len({row[5] for row in current.values()} - strangers)
    summary.people_off_roster = len(strangers)
    summary.mistakes = dict(sorted(mistakes.items()))


def _facilities(job: _Job) -> bytes:
    stations = [(f"{job.world.province_code}{place.index + 1:03d}", "station", place.code) for place in job.world.places]
    kinds = {"periodic": "hospital", "insurance": "hospital", "school": "school", "worker": "employer"}
    others = {
        code: kinds.get(source, "occupational_centre") for source in exams.SOURCES[1:] for code in getattr(job.offices, source)
    }
    rows = stations + [(code, kind, "") for code, kind in sorted(others.items())]
    return _line(("code", "kind", "commune_code", "gln")) + _lines((*row, exams.gln(row[0])) for row in rows)


# month 2 -----------------------------------------------------------------------------------------------------------


def _second_month(job: _Job, truth: Path) -> Summary:
    summary = Summary(job.world.slug, 0, 0, 0, {})
    arrivals: dict[str, list[roster_files.Mover]] = {}
    for movers in _each(job, _commune_leaving):
        for mover in movers:
            arrivals.setdefault(mover.destination, []).append(mover)
    people, rows, changes = [_line(PEOPLE_HEADING)], [_line(ROWS_HEADING)], [_line(CHANGES_HEADING)]
    rejected: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for done in _each(job, _commune_second, arrivals):
        people.append(done.people)
        rows.append(done.rows)
        changes.append(_lines(done.changes))
        kinds.update(change[1] for change in done.changes)
        summary.people += done.listed
        rejected.update(done.reject_codes)
    summary.accepted = rejected.pop("", 0)
    summary.rejected = dict(sorted(rejected.items()))
    summary.rows = summary.accepted + sum(rejected.values())
    summary.changes = dict(sorted(kinds.items()))
    write(truth / "people_month2.csv", b"".join(people))
    write(truth / "roster_rows_month2.csv", b"".join(rows))
    write(truth / "changes_month2.csv", b"".join(changes))
    write(truth / "summary_month2.json", _json(summary))
    return summary


def _commune_leaving(job: _Job, place: Place) -> list[roster_files.Mover]:
    people = build(job.world, place)
    return roster_files.leaving(job.world, people, roster_files.register(job.world, people))[1]


def _commune_second(job: _Job, place: Place, arrivals: list[roster_files.Mover]) -> _Done:
    world = job.world
    people = build(world, place)
    before = roster_files.register(world, people)
    gone, _ = roster_files.leaving(world, people, before)
    state, changes = roster_files.next_month(world, people, before, gone)
    changes += [roster_files.Change(mover.truth_id, "move", mover.truth_id.split("-", 1)[0], place.code) for mover in arrivals]
    found = roster_files.rows(world, people, state, arrivals)
    rows = _write_roster(job, people, found, 2)
    accepted = {row.truth_id for row in found if not row.reject_code}
    known = [
        (
            *roster_files.truth_fields(people, person, place.code),
            "1" if people.truth_id(person) in accepted else "0",
            *roster_files.truth_extras(people, person),
        )
        for person in state.listed
    ]
    known += [(*mover.person, "1", *mover.extras) for mover in arrivals]
    return _Done(
        _lines(known),
        rows,
        [],
        [],
        len(known),
        Counter(row.reject_code for row in found),
        [(change.truth_id, change.kind, change.from_commune, change.to_commune) for change in changes],
    )


# both ---------------------------------------------------------------------------------------------------------------


def _write_roster(job: _Job, people: People, found: list[roster_files.Row], month: int) -> bytes:
    """Write a commune's file; the truth about its rows, numbered as a spreadsheet shows them (the heading is 1)."""
    habits = roster_files.style(job.world, people)
    heading, body = roster_files.table(job.world, people, found, habits)
    as_of = job.world.as_of
    year, number = divmod(as_of.year * 12 + as_of.month - 2 + month, 12)
    code = people.place.code
    name = f"roster/{code}/{habits.stem}_{year}_{number + 1:02d}.{'xlsx' if habits.sheet else 'csv'}"
    content = (
        sheet(heading, body, list(habits.headings).index("stt"))
        if habits.sheet
        else roster_files.csv_bytes(heading, body, habits.separator, habits.bom)
    )
    write(job.folder / name, content)
    return "".join(
        f"{code},{name},{line},{row.truth_id},{row.reject_code}\n" for line, row in enumerate(found, start=2)
    ).encode()


def _each(job: _Job, work: Callable[..., T], arrivals: dict[str, list[roster_files.Mover]] | None = None) -> Iterator[T]:
    """The result of `work` for each commune, in their order, from two processes when the sample is large."""
    tasks = [(job, place) if arrivals is None else (job, place, arrivals.get(place.code, [])) for place in job.world.places]
    processes = min(2, os.cpu_count() or 1)
    if processes == 1 or sum(place.size for place in job.world.places) < PARALLEL_FROM:
        for task in tasks:
            yield work(*task)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        # A few communes ahead only: their results wait in memory until it is their turn.
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(pool.submit(work, *task))
            if len(waiting) > 4 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _line(cells: Iterable[str]) -> bytes:
    return _lines([tuple(cells)])


def _lines(rows: Iterable[tuple[str, ...]]) -> bytes:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows(rows)
    return target.getvalue().encode()


def _json(summary: Summary) -> bytes:
    return (json.dumps(asdict(summary), ensure_ascii=False, indent=2) + "\n").encode()
