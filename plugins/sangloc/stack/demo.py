"""The demo: one province, from its files to its delivered reports, through the real scheduler."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sangloc import clock, deadlines, provinces, settings
from sangloc.errors import ConfigurationError, SanglocError
from sangloc.stack import files
from sangloc.stack.api import Airflow, wait_until
from sangloc.stack.environment import ui_url
from sangloc.stack.follow import Run, explain, follow
from sangloc.stack.progress import Display
from sangloc.stack.supervisor import up
from sangloc.stack.warehouse import changes, rows

DEFAULT_PEOPLE = 20_000
SEED = 17
# These every province has; its reports come from its profile.
CORE = ("roster_refresh", "exam_intake", "health_book_linkage", "campaign_planning", "data_quality")
SOURCES, LINKAGE = CORE[:2], CORE[2]
FORMS, WATCHES = "figures_from_below", ("deadline_watch", "hourly_watch")
# Every unit that sends a form is a task of its own; these few show what becomes of forms without making the demo long.
SILENT_UNITS = 0.85
# Airflow reads the DAG files within seconds; on a slow machine the first time takes longer.
_PARSE_PATIENCE = 180.0
# The first reading may have begun while the rest of the stack was still starting.
_RECENT = 20.0
# Asset events are handed on within a scheduler loop; a DAG that waits for a second asset may never start on them.
_QUIET = 4.0
_EVENT_PATIENCE = 30.0
EXERCISE = "Diễn tập: tin sai sự thật trên mạng xã hội về việc khám sàng lọc miễn phí."


@dataclass(frozen=True)
class Sample:
    """The parameters of a province's sample, kept so that every later demo uses the same people."""

    people: int
    seed: int
    as_of: str


def run(home: Path, slug: str, people: int | None, console: Console) -> None:
    """Bring the stack up, run every DAG of a province and print the summary.

    Args:
        slug: the province's folder name.
        people: size of the sample; None for the size of the last time, at first `DEFAULT_PEOPLE`.

    Raises:
        ConfigurationError: at an unknown province, another size than the last time, a full disk, a taken port.
        SanglocError: when a component or a run fails.
    """
    if slug not in provinces.slugs():
        raise ConfigurationError(f"there is no province {slug!r}; there are {', '.join(provinces.slugs())}")
    profile = provinces.load(slug)
    files.check_disk(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = time.monotonic()
    wanted, kept = _parameters(home, slug, people)
    if not files.state(home).get("joined_on"):
        files.update_state(home, joined_on=_joining_day(profile).isoformat())
    with Display(console) as display:
        with ThreadPoolExecutor(1) as pool:
            generated = [] if kept else [pool.submit(_generate, home, slug, wanted, display)]
            if kept:
                display.say(f"✓ Sample of {wanted.people} people: kept from the last time")
            generated.append(pool.submit(_fill_in_forms, home, profile, display))
            up(home, display.step)
            for made in generated:
                made.result()
        airflow, officer = Airflow(home), Airflow(home, "officer")
        core, reports, incidents = _dag_ids(profile)
        with display.step("Airflow reads the DAGs"):
            _wait_for_dags(airflow, {*core, *reports, *incidents})
        before = changes(home)
        _data(airflow, core, display)
        if files.read_json(home / "demo.json").get(slug, {}).get("incident"):
            # One exercise is enough: a second would be a second incident.
            incidents = []
        _reports(airflow, officer, profile, reports, incidents, display)
        _note(home, slug, incident=True)
        with display.step("Summary"):
            after = changes(home)
    _print_summary(home, profile, before, after, time.monotonic() - begun, console)


def _parameters(home: Path, slug: str, people: int | None) -> tuple[Sample, bool]:
    """The sample's parameters, and whether it lies there complete already."""
    entry = files.read_json(home / "demo.json").get(slug)
    if not entry:
        return Sample(people or DEFAULT_PEOPLE, SEED, clock.today().isoformat()), False
    kept = Sample(**entry["sample"])
    if people not in (None, kept.people):
        raise ConfigurationError(
            f"the demo of {slug} in {home} was begun with {kept.people} people, not {people}; "
            f"run it without PEOPLE (or with PEOPLE={kept.people}), or begin anew after `make clean`"
        )
    return kept, bool(entry.get("generated"))


def landing_folder() -> Path:
    """The landing zone as a folder of this machine, into which a sample can be written.

    Raises:
        ConfigurationError: when the landing zone is a bucket.
    """
    scheme, _, path = settings.landing().partition("://")
    if scheme != "file":
        raise ConfigurationError(
            f"the sample is written to a folder, not to {scheme}://; unset SANGLOC_LANDING or set it to a path"
        )
    return Path(path)


def _note(home: Path, slug: str, **facts: Any) -> None:
    content = files.read_json(home / "demo.json")
    files.write_json(home / "demo.json", content | {slug: content.get(slug, {}) | facts})


def _generate(home: Path, slug: str, sample: Sample, display: Display) -> None:
    """Write the sample beside the stack's start, in a process of its own."""
    _note(home, slug, sample=vars(sample))
    command = [sys.executable, "-m", "sangloc.cli", "sample", slug, "--people", str(sample.people)]
    command += ["--seed", str(sample.seed), "--as-of", sample.as_of]
    with display.step(f"Sample of {sample.people} people"):
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SANGLOC_HOME": str(home)})
        if done.returncode:
            raise SanglocError(f"the sample could not be written:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    _note(home, slug, generated=True)


def _joining_day(profile: provinces.Profile) -> date:
    """Today; or the last day of a period whose report is still to come due, so that its units are asked for figures."""
    today = clock.today()
    ended = [(duty, deadlines.latest_ended_period(duty, today)) for duty in profile.obligations if duty.inputs]
    return min([today, *(period.ends for duty, period in ended if period and deadlines.due(duty, period).legal_on >= today)])


def _fill_in_forms(home: Path, profile: provinces.Profile, display: Display) -> None:
    """Lay filled forms of a few units, once for each period: of the report that comes next, or of the period that runs."""
    from sangloc.sample import write_forms

    today, joined = clock.today(), date.fromisoformat(files.state(home)["joined_on"])
    written = files.read_json(home / "demo.json").get(profile.slug, {}).get("forms", [])
    for duty in profile.obligations:
        period = deadlines.latest_ended_period(duty, today) if duty.inputs else None
        if period is None or deadlines.before_joining(period, joined):
            period = deadlines.period_at(duty, today) if duty.inputs else None
        if period is None or f"{duty.id}/{period.key}" in written:
            continue
        with display.step(f"Filled forms of some units for {duty.id} {period.key}"):
            write_forms(profile.slug, landing_folder(), period.ends, SEED, SILENT_UNITS)
        written = [*written, f"{duty.id}/{period.key}"]
        _note(home, profile.slug, forms=written)


def _dag_ids(profile: provinces.Profile) -> tuple[list[str], list[str], list[str]]:
    """The ids of a province's DAGs: those that handle data, the periodic reports, the incident report."""
    # A report of which no period has ended has nothing to say yet.
    periodic = [
        rule.id
        for rule in profile.obligations
        if rule.cadence != "ad_hoc" and deadlines.latest_ended_period(rule, clock.today())
    ]
    incident = ["incident_report"] if any(rule.cadence == "ad_hoc" for rule in profile.obligations) else []
    below = [FORMS] if any(rule.inputs for rule in profile.obligations) else []
    named = ([*CORE, *below, *WATCHES], [f"report_{name}" for name in periodic], incident)
    core, reports, incidents = ([f"{profile.slug}__{name}" for name in names] for names in named)
    return core, reports, incidents


def _wait_for_dags(airflow: Airflow, needed: set[str]) -> None:
    """Wait until Airflow has read the DAG files.

    Raises:
        SanglocError: when a file cannot be imported, or a DAG does not appear in time.
    """
    found: set[str] = set()
    begun = time.time()

    def complete() -> bool:
        for broken in airflow.import_errors():
            if datetime.fromisoformat(broken["timestamp"]).timestamp() < begun - _RECENT:
                # Of an earlier run, and perhaps mended since: Airflow reads the file again soon.
                return False
            last = broken["stack_trace"].strip().splitlines()[-1]
            raise SanglocError(f"{settings.root() / 'dags' / broken['filename']} cannot be imported: {last}")
        found.update(dag["dag_id"] for dag in airflow.dags())
        return needed <= found

    if not wait_until(complete, _PARSE_PATIENCE):
        raise SanglocError(
            f"Airflow does not show these DAGs: {', '.join(sorted(needed - found))}; see {airflow.home}/logs/dag-processor.log"
        )


def _data(airflow: Airflow, core: list[str], display: Display) -> None:
    """Load the files and take in what units report, then follow the watches and everything that the assets set going.

    At the first load linkage is started by hand once both sources are in: otherwise the communes would be planned twice,
    first without the exams. The watches tell of what is due before the reports go out.
    """
    (linkage,) = (dag_id for dag_id in core if dag_id.endswith(LINKAGE))
    for dag_id in core:
        if dag_id != linkage:
            airflow.unpause(dag_id)
    seen: set[Run] = set()
    sources = _started(airflow, [dag_id for dag_id in core if dag_id.endswith((*SOURCES, FORMS))])
    _succeed(airflow, sources, display)
    seen |= set(sources)
    if airflow.unpause(linkage):
        airflow.trigger(linkage)
    watches = _started(airflow, [dag_id for dag_id in core if dag_id.endswith(WATCHES)])
    _succeed(airflow, watches, display)
    seen |= set(watches)
    quiet_since = time.monotonic()
    while (quiet := time.monotonic() - quiet_since) < _QUIET or (
        quiet < _EVENT_PATIENCE and any(airflow.queued_events(dag_id) for dag_id in core)
    ):
        fresh = [run for entry in airflow.runs(core) if (run := Run(entry["dag_id"], entry["dag_run_id"])) not in seen]
        if fresh:
            seen |= set(fresh)
            _succeed(airflow, fresh, display)
            quiet_since = time.monotonic()
        time.sleep(0.5)


def _started(airflow: Airflow, dag_ids: list[str], conf: dict[str, Any] | None = None) -> list[Run]:
    """The runs of these DAGs that have not ended, for example of a demo that was interrupted; a new one where none is."""
    runs = [Run(entry["dag_id"], entry["dag_run_id"]) for entry in airflow.runs(dag_ids)]
    running = {run.dag_id for run in runs}
    return runs + [Run(dag_id, airflow.trigger(dag_id, conf)) for dag_id in dag_ids if dag_id not in running]


def _reports(
    airflow: Airflow,
    officer: Airflow,
    profile: provinces.Profile,
    reports: list[str],
    incidents: list[str],
    display: Display,
) -> None:
    """Run each periodic report and, as an exercise, the incident report; the officer approves."""
    newly = [dag_id for dag_id in [*reports, *incidents] if airflow.unpause(dag_id)]
    if newly:
        # The timetable may start the run of a period that has just ended by itself.
        time.sleep(_QUIET)
    form = {"kind": "misinformation", "area": profile.code, "summary": EXERCISE}
    runs = _started(airflow, reports) + _started(airflow, incidents, form)
    _succeed(airflow, runs, display, officer)


def _succeed(airflow: Airflow, runs: list[Run], display: Display, officer: Airflow | None = None) -> None:
    failed = follow(airflow, runs, display, per_task=False, officer=officer)
    if failed:
        raise SanglocError("\n".join(explain(airflow, run) for run in failed))


def _next_due(obligation: provinces.Obligation, delivered: set[str], now: datetime) -> str:
    """When the next report on which nothing has been delivered is due, as an officer reads it."""
    period = deadlines.latest_ended_period(obligation, now.date()) or deadlines.first_period(obligation)
    while period is not None:
        at = deadlines.due(obligation, period).legal_at
        if period.key not in delivered and at >= now:
            return f"{at:%H:%M %d/%m/%Y} ({period.label})"
        period = deadlines.next_period(obligation, period)
    return "only when something happens" if obligation.cadence == "ad_hoc" else "nothing more is owed"


def _was_due(report: dict[str, Any]) -> str:
    """When a delivered report was due, and whether it came in time."""
    note = "ended before joining" if report["before_joining"] else "late" if report["late"] else "in time"
    return f"{report['due_at'].astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}, {note}"


def _from_below(home: Path, profile: provinces.Profile) -> str:
    """What came of the forms that units owe for periods that have begun."""
    facts = rows(home, "stack/forms", slug=profile.slug, now=clock.now(), today=clock.today())[0]
    if not facts["expected"]:
        return "no forms are owed yet"
    return (
        f"{facts['received']:,} of {facts['due']:,} forms that were due, {facts['in_time']:,} of them in time,"
        f" {facts['early']:,} of {facts['expected'] - facts['due']:,} that come due later;"
        f" faults handed back: {facts['faults']:,}"
    )


def _print_summary(
    home: Path, profile: provinces.Profile, before: dict[str, int], after: dict[str, int], took: float, console: Console
) -> None:
    facts = rows(home, "stack/summary", slug=profile.slug)[0]
    delivered = rows(home, "stack/reports", slug=profile.slug)
    table = Table(title=f"{profile.name}, {clock.now():%H:%M %d/%m/%Y}", show_header=False, title_justify="left")
    for label, value in (
        ("People on the roster", f"{facts['people']:,}"),
        ("Rejected rows", f"{facts['roster_rejected']:,} of rosters, {facts['exam_rejected']:,} of exams"),
        ("Refused files", f"{facts['files_refused']:,}"),
        (
            "Exams",
            f"{facts['exams']:,}: {facts['linked']:,} linked, {facts['in_review']:,} wait for an officer,"
            f" {facts['unlisted']:,} of people on no list",
        ),
        ("Sessions planned", f"{facts['sessions']:,} for {facts['planned']:,} of {facts['due']:,} people due"),
        ("Figures from below", _from_below(home, profile)),
        ("Checks", f"{facts['checks_passed']:,} passed, {facts['checks_failed']:,} failed"),
    ):
        table.add_row(label, value)
    console.print(table)

    reports = Table("Report", "Delivered", "Was due", "Next due", title="Reports", title_justify="left")
    for obligation in profile.obligations:
        done = [row for row in delivered if row["obligation"] == obligation.id]
        newest = done[0] if done else None
        reports.add_row(
            obligation.name_vi,
            f"{newest['period_key']}, {newest['delivered_at'].astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}" if newest else "–",
            _was_due(newest) if newest else "–",
            _next_due(obligation, {row["period_key"] for row in done}, clock.now()),
        )
    console.print(reports)

    documents = sorted(path for path in settings.outputs().rglob("*") if path.suffix in (".pdf", ".docx", ".xlsx"))
    mails = sorted((home / "mails").glob("*.eml"))
    console.print("Report files:", *(f"\n  {path}" for path in documents), highlight=False, soft_wrap=True)
    console.print(f"Caught mails: {len(mails)} in {home / 'mails'}", highlight=False, soft_wrap=True)
    console.print(f"Airflow's pages: {ui_url(home)}", highlight=False, soft_wrap=True)
    show_users(home, console)
    changed = {area: after.get(area, 0) - before.get(area, 0) for area in after}
    total = sum(changed.values())
    if total:
        parts = ", ".join(f"{area} {count:,}" for area, count in changed.items() if count)
        console.print(f"Rows changed by this run: {total:,} ({parts})", highlight=False)
    else:
        console.print("Everything was right already: 0 rows changed", highlight=False)
    console.print(
        f"Done in {took:.0f} s. `make demo` again changes nothing that is right; `make down` stops it.", highlight=False
    )


def show_users(home: Path, console: Console) -> None:
    """Print the demo users: their passwords the first time, afterwards where they are kept."""
    path = home / "users.json"
    users = files.read_json(path)
    if files.state(home).get("users_shown"):
        console.print(f"Users: {', '.join(users)}; their passwords are in {path}", highlight=False, soft_wrap=True)
        return
    table = Table("User", "Password", title="Users (shown once)", title_justify="left")
    for name, password in users.items():
        table.add_row(name, password)
    console.print(table)
    console.print(f"Kept in {path}, readable by you alone", highlight=False, soft_wrap=True)
    files.update_state(home, users_shown=True)
