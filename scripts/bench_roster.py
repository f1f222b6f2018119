"""How long the roster's refresh takes (`make bench-roster`; SCALE=0.01 for a quick look).

Hải Phòng at full size is 4,664,124 people in 114 CSV files, one a commune. Four pieces of work are measured, each RUNS
times (default 5): the first load into an empty warehouse; a month's refresh (2 % of the rows changed, 0.5 % new people,
0.5 % gone, 0.3 % moved to another commune, in all files); the same files again; five files changed of 114. Two worker
processes take the communes from a queue, the largest first. Before each run the same files go by one connection's COPY into
a fresh, unindexed, logged table on the same server; the figure is the ratio of the two times. What is on the roster
afterwards is compared with what the files must give; when it differs there are no figures and the exit status is 1.

    SCALE=0.01              share of the people; RUNS=1 runs of each work
    ONLY=first,month        only some of first, month, again, five (or none)
    BENCH_SAMPLE=DIR        the landing folder of a sample of hai_phong to take the lists from (read only)
    BENCH_WORK=DIR          keeps the prepared files for the next call; without it everything is removed at the end
    COMPARE=1               also pandas with to_sql and a staged SQL merge, at COMPARE_SCALE=0.1
    GROWTH=1                also first load and month at 0.1, 0.5, 1, 2 and 4.66 million people (times SCALE)
    AIRFLOW=1               also the 114 mapped tasks over a real Airflow
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from roster_bench import compare, inputs, over_airflow, server
from roster_bench.driver import Outcome, environment, refresh
from roster_bench.inputs import FULL_SIZE, Files
from roster_bench.server import EMPTY, LOADED, RUN, Cluster

from sangloc.errors import SanglocError
from sangloc.stack import postgres

MIB = 1 << 20
SETTINGS = ("shared_buffers", "work_mem", "max_wal_size", "fsync", "synchronous_commit", "wal_level", "autovacuum")
GROWTH = (100_000, 500_000, 1_000_000, 2_000_000, FULL_SIZE)
MEMORY_GOAL = 1024
AIRFLOW_GOAL = 0.5


@dataclass(frozen=True)
class Work:
    """One of the four pieces of work: its name in tables, its figure and the most the ratio may be."""

    title: str
    figure: str
    goal: float


WORKS = {
    "first": Work("first full load", "roster.first_load", 4),
    "month": Work("a month's refresh, all files changed", "roster.month", 1.8),
    "again": Work("the same files again", "roster.same_again", 0.12),
    "five": Work("5 files changed", "roster.five_changed", 0.35),
}


@dataclass(frozen=True)
class Run:
    """One measured run and the COPY before it, in seconds."""

    copy: float
    outcome: Outcome

    @property
    def ratio(self) -> float:
        return self.outcome.seconds / self.copy

    @property
    def peak(self) -> int:
        return max(self.outcome.worker_peak, self.outcome.server_peak)


@dataclass
class Bench:
    """Measures one size of province on a server; `problems` is what was found wrong with the roster afterwards."""

    cluster: Cluster
    files: Files
    scratch: Path
    problems: list[str] = field(default_factory=list)

    def codes(self) -> list[str]:
        """The communes, the largest first."""
        return sorted(self.files.sizes, key=lambda code: (-self.files.sizes[code], code))

    def load(self, runs: int) -> list[Run]:
        """First loads; what the last one leaves is the state that the other works begin with."""
        self.cluster.create_empty()
        done = [self._run("first", number, runs) for number in range(1, runs + 1)]
        self.cluster.settle(RUN)
        self.cluster.rename(RUN, LOADED)
        kept = self._folder("loaded")
        shutil.copytree(self.scratch / "home", kept / "home")
        # What the refresh itself has put there (the roster folders are made anew for each run).
        shutil.copytree(self.scratch / "landing", kept / "landing", ignore=shutil.ignore_patterns("roster"))
        return done

    def repeat(self, kind: str, runs: int) -> list[Run]:
        """One of the other works, each run from the state after the first load."""
        return [self._run(kind, number, runs) for number in range(1, runs + 1)]

    def largest_alone(self) -> Outcome:
        """A first load of nothing but the largest commune."""
        self._restore("first")
        code = self.codes()[0]
        return refresh(self.cluster, [code], environment(self.cluster, self.scratch, self.files.clock("first")), "alone", 1)

    def drop(self) -> None:
        """Remove the databases of this size."""
        self.cluster.drop(RUN, LOADED, EMPTY)

    def _folder(self, name: str) -> Path:
        """An empty folder of that name."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _restore(self, kind: str) -> None:
        """Database, state folder and landing zone as they are before a run of a kind."""
        self.cluster.create(RUN, EMPTY if kind == "first" else LOADED)
        for name in ("home", "landing"):
            folder = self._folder(name)
            if kind != "first":
                shutil.copytree(self.scratch / "loaded" / name, folder, dirs_exist_ok=True)
        for landed in dict.fromkeys(("first", kind)):
            self.files.land(landed, self.scratch / "landing")

    def _run(self, kind: str, number: int, runs: int) -> Run:
        self._restore(kind)
        newest = self.files.newest(kind)
        copy, rows = self.cluster.copy(newest[code] for code in sorted(newest))
        variables = environment(self.cluster, self.scratch, self.files.clock(kind))
        run = Run(copy, refresh(self.cluster, self.codes(), variables, f"bench_{kind}_{number}"))
        outcome = run.outcome
        say(
            f"  {WORKS[kind].title} {number}/{runs}: {outcome.seconds:.2f} s, COPY {copy:.2f} s ({rows:,} rows), "
            f"ratio {run.ratio:.2f}; worker {outcome.worker_peak / MIB:.0f} MB, server {outcome.server_peak / MIB:.0f} MB"
        )
        for problem in self._wrong(kind, outcome):
            say(f"  WRONG: {problem}")
            self.problems.append(f"{WORKS[kind].title}, run {number}: {problem}")
        return run

    def _wrong(self, kind: str, outcome: Outcome) -> list[str]:
        expected = self.files.expected["first" if kind == "again" else kind]
        wanted = {"read": expected.read, "accepted": expected.accepted}
        if kind == "again":
            wanted = dict.fromkeys(("files", "read", "changed"), 0)
        problems = [
            f"refresh_commune counted {outcome.counts.get(name)} {name}, expected {right}"
            for name, right in wanted.items()
            if outcome.counts.get(name) != right
        ]
        return problems + self.cluster.wrong(RUN, self.files, kind)


def say(line: str = "") -> None:
    print(line, flush=True)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a Markdown table."""
    say("| " + " | ".join(headings := list(headings)) + " |")
    say("| " + " | ".join("---" for _ in headings) + " |")
    for row in rows:
        say("| " + " | ".join(row) + " |")
    say()


def median(values: Iterable[float]) -> float:
    return statistics.median(list(values))


def flag(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0")


# what is printed ------------------------------------------------------------------------------------------------------


def describe(cluster: Cluster, files: Files, source: str) -> None:
    """Machine, versions and sizes."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "psycopg", "sqlalchemy", "apache-airflow"))
    memory = psutil.virtual_memory().total / (1 << 30)
    cores = f"{os.cpu_count()} cores{f' ({model})' if model else ''}"
    say(f"{cores}, {memory:.0f} GiB; Python {platform.python_version()}, {packages}")
    say(f"{cluster.version()}: {cluster.settings(*SETTINGS)}")
    say(source)
    sizes = sorted(files.sizes.values())
    size = sum(path.stat().st_size for path in files.first.values())
    say(
        f"input: {files.rows:,} rows in {len(sizes)} files, {size / 1e6:.1f} MB; communes of {sizes[0]:,} to "
        f"{sizes[-1]:,} rows, median {statistics.median(sizes):,.0f}; {files.expected['first'].accepted:,} rows are good"
    )
    for kind in ("month", "five"):
        e = files.expected[kind]
        say(f"{WORKS[kind].title}: {e.updated:,} people changed, {e.inserted:,} new, {e.gone:,} gone, {e.moved:,} moved")
    rows = sum(files.sizes[code] for code in files.five)
    say(f"the 5 files have {rows:,} rows, {rows / files.rows:.1%} of all (the communes in the middle by size)")
    say("before the later works the loaded database gets VACUUM (ANALYZE), which autovacuum does between two refreshes;")
    say("each run starts from a copy of it, with its pages in the system's cache and not in the server's")
    say()


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def describe_database(cluster: Cluster) -> None:
    """What the first load has written."""
    sizes = cluster.sizes(LOADED)
    say(f"the loaded warehouse: {sum(heap + index for _, _, heap, index in sizes) / 1e6:,.0f} MB; the largest tables:")
    for name, rows, heap, index in sizes[:6]:
        say(f"  {name}: {rows:,} rows, {heap / 1e6:,.0f} MB and {index / 1e6:,.0f} MB of indexes")
    say()


def report(measured: dict[str, list[Run]]) -> None:
    """The table of the works."""
    rows = []
    for kind, runs in measured.items():
        ratios = [run.ratio for run in runs]
        rows.append([
            WORKS[kind].title,
            f"**{median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})",
            f"≤ {WORKS[kind].goal:g}",
            f"{median(run.outcome.seconds for run in runs):.1f} s",
            f"{median(run.copy for run in runs):.1f} s",
            f"{max(run.outcome.worker_peak for run in runs) / MIB:.0f} MB "
            f"({max(run.outcome.worker_start for run in runs) / MIB:.0f} MB before its first commune)",
            f"{max(run.outcome.server_peak for run in runs) / MIB:.0f} MB",
        ])  # fmt: skip
    table(
        ("work", "times the COPY: median (least–most)", "goal", "time", "COPY", "worker at most", "server process at most"),
        rows,
    )


def figures(measured: dict[str, list[Run]]) -> None:
    """The lines that are read by machines."""
    for kind, runs in measured.items():
        say(f"FIGURE {WORKS[kind].figure} {median(run.ratio for run in runs):.2f} x goal <={WORKS[kind].goal:g}")
    if measured:
        peak = max(run.peak for runs in measured.values() for run in runs)
        say(f"FIGURE roster.peak_memory {peak / MIB:.0f} MB goal <={MEMORY_GOAL}")


# the further measurements ---------------------------------------------------------------------------------------------


def grow(
    cluster: Cluster, landing: Path, keep: Path, scratch: Path, scale: float, runs: int, full: dict[str, list[Run]]
) -> list[str]:
    """First load and month at five sizes; returns what was wrong. `full` holds the largest size's runs if measured."""
    say("growth:")
    rows, problems = [], []
    for people in (round(size * scale) for size in GROWTH):
        bench = Bench(cluster, inputs.prepare(landing, keep, people), scratch)
        say(f" {bench.files.rows:,} rows")
        known = full if people == round(FULL_SIZE * scale) and {"first", "month"} <= full.keys() else None
        if known is None:
            first = bench.load(runs)
            month = bench.repeat("month", runs)
        else:
            cluster.create_empty()
            first, month = known["first"], known["month"]
        alone = bench.largest_alone()
        problems += bench.problems
        bench.drop()
        rows.append([
            f"{bench.files.rows:,}",
            f"{median(run.ratio for run in first):.2f}",
            f"{median(run.outcome.seconds for run in first):.1f} s",
            f"{median(run.outcome.seconds for run in first) / bench.files.rows * 1e6:.1f} µs",
            f"{median(run.ratio for run in month):.2f}",
            f"{median(run.outcome.seconds for run in month):.1f} s",
            f"{max(bench.files.sizes.values()):,}",
            f"{max(run.outcome.worker_peak for run in first) / MIB:.0f} MB",
            f"{alone.worker_peak / MIB:.0f} MB",
        ])  # fmt: skip
    say()
    table(
        (
            "rows", "first load, times the COPY", "time", "a row", "month, times the COPY", "time", "largest commune, rows",
            "worker at most", "the same with that commune alone",
        ),
        rows,
    )  # fmt: skip
    return problems


def compare_ways(cluster: Cluster, landing: Path, keep: Path, scratch: Path, scale: float) -> list[str]:
    """The other ways at their own scale, once; returns what was wrong with our own run beside them."""
    bench = Bench(cluster, inputs.prepare(landing, keep, round(FULL_SIZE * scale)), scratch)
    files = bench.files
    say(f"other ways, {files.rows:,} rows:")
    (first,) = bench.load(1)
    (month,) = bench.repeat("month", 1)
    bench.drop()
    rows = [
        ["this project", f"{first.ratio:.1f}", f"{month.ratio:.1f}", f"{first.outcome.worker_peak / MIB:.0f} MB, two workers"]
    ]
    for name, method in (("pandas, `to_sql` by default", None), ('pandas, `to_sql(method="multi")`', "multi")):
        cluster.create(RUN)
        copy, _ = cluster.copy(files.first.values())
        seconds, peak = inputs.apart(compare.to_sql, cluster.url("owner", RUN, "postgresql+psycopg"), files.first, method)
        say(f"  {name}: {seconds:.1f} s, COPY {copy:.2f} s")
        rows.append([name, f"{seconds / copy:.0f}", f"{seconds / copy:.0f} (the table anew)", f"{peak / MIB:.0f} MB"])
    cluster.create(RUN)
    copy, _ = cluster.copy(files.first.values())
    url = cluster.url("superuser", RUN, "postgresql")
    loaded, merged, people = inputs.apart(compare.stage_and_merge, url, files.first, files.month)
    say(f"  staged SQL merge: first load {loaded:.1f} s, month {merged:.1f} s, COPY {copy:.2f} s; {people:,} people")
    rows.append(["all staged, one SQL merge by hash", f"{loaded / copy:.1f}", f"{merged / copy:.1f}", "in the server"])
    cluster.drop(RUN)
    say()
    table(("way", "first load, times the COPY", "month, times the COPY", "memory at most"), rows)
    return bench.problems


def airflow(files: Files, codes: list[str], scratch: Path) -> float:
    """The cost over Airflow; returns the most that a mapped task takes on top, in seconds."""
    say(f"over Airflow, {len(codes)} mapped tasks, {files.rows:,} rows:")
    costs = over_airflow.measure(files, codes, scratch)
    rows = []
    for cost in costs:
        by_two, by_one = cost.per_task(len(codes))
        rows.append([
            cost.work, f"{cost.airflow:.1f} s", f"{cost.one:.1f} s", f"{cost.two:.1f} s", f"{by_one:.2f} s",
            f"**{by_two:.2f} s**",
        ])  # fmt: skip
    table(
        (
            "work", "over Airflow", "one process", "two processes", "a mapped task more than one process",
            "a mapped task more than two processes",
        ),
        rows,
    )  # fmt: skip
    say("over Airflow: from the start of the run to the end of its last mapped task (LocalExecutor, the embedded stack's own")
    say("settings). Without it: plain processes on the same server with the stack still running, modules imported beforehand.")
    say()
    return max(cost.per_task(len(codes))[0] for cost in costs)


# the whole ------------------------------------------------------------------------------------------------------------


def main() -> int:
    scale, runs = float(os.environ.get("SCALE") or 1), int(os.environ.get("RUNS") or 5)
    compare_scale = float(os.environ.get("COMPARE_SCALE") or 0.1)
    only = [kind for kind in (os.environ.get("ONLY") or ",".join(WORKS)).split(",") if kind != "none"]
    if unknown := set(only) - WORKS.keys():
        raise SystemExit(f"ONLY={','.join(sorted(unknown))}: expected some of {', '.join(WORKS)}, or none")
    people = round(FULL_SIZE * scale)
    needed = max(people, round(FULL_SIZE * compare_scale) if flag("COMPARE") else 0)
    # No setting of another Airflow or of a running stack.
    for name in [name for name in os.environ if name.startswith(("SANGLOC_", "AIRFLOW_", "_AIRFLOW_"))]:
        del os.environ[name]
    given = os.environ.get("BENCH_WORK")
    if given:
        Path(given).mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="sangloc-bench-", dir=given)).resolve()
    keep = Path(given).resolve() if given else scratch / "files"
    keep.mkdir(exist_ok=True)
    database = scratch / "server"
    problems: list[str] = []
    measured: dict[str, list[Run]] = {}
    on_top = None
    try:
        landing, source = inputs.sample(os.environ.get("BENCH_SAMPLE"), keep, needed)
        files = inputs.prepare(landing, keep, people)
        cluster = server.start(database)
        describe(cluster, files, source)
        bench = Bench(cluster, files, scratch)
        if only:
            loads = bench.load(runs if "first" in only else 1)
            if "first" in only:
                measured["first"] = loads
            describe_database(cluster)
            measured.update({kind: bench.repeat(kind, runs) for kind in only if kind != "first"})
            say()
            bench.drop()
            report(measured)
            problems += bench.problems
        if flag("GROWTH"):
            problems += grow(cluster, landing, keep, scratch, scale, runs, measured)
        if flag("COMPARE"):
            problems += compare_ways(cluster, landing, keep, scratch, compare_scale)
        postgres.stop(database)
        if flag("AIRFLOW"):
            on_top = airflow(files, bench.codes(), scratch)
    finally:
        postgres.stop(database)
        shutil.rmtree(scratch, ignore_errors=True)
    if problems:
        say("THE ROSTER IS WRONG, there are no figures:")
        for problem in problems:
            say(f"  {problem}")
        return 1
    figures(measured)
    if on_top is not None:
        say(f"FIGURE roster.airflow_per_task {on_top:.2f} s goal <={AIRFLOW_GOAL:g}")
    return 0


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted; the server is stopped and the temporary files are removed", file=sys.stderr)
        sys.exit(130)
    except (SanglocError, RuntimeError) as error:
        print(f"bench-roster: {error}", file=sys.stderr)
        sys.exit(1)
