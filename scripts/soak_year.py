"""From 1 July 2026 to 31 December 2027 in three provinces, through the real scheduler (`make soak-year`).

Every report that is owed, with what goes wrong on the way (scripts/year_soak/scenario.py), against what has to happen, worked
out independently (scripts/year_soak/model.py): who is told of what on which morning, what is delivered when, how late it is.
The scheduler starts each report by its timetable, an officer answers through Airflow's API. The watch runs through the
scheduler on the mornings on which it has something to tell; on the others, which are three times as many, its functions are
called, and must tell nothing. Units send forms, made-up people are examined (year_soak/population.py), and the mail server
fails at times; what each report counts is compared with what was typed and with the sample's truth. The exit status is 1 when
anything went otherwise.

    --short      the end of a year and Tết in one province
    --until DAY  only the beginning
    --minutes N  stop at the end of the month that goes on then
    --write DIR  the outcome as Markdown and SVG into this folder
    --keep DIR   the stack's state into this new folder, which is not removed
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path

from year_soak import drive, outcome
from year_soak.direct import landing
from year_soak.place import contacts, simulated_root
from year_soak.population import Population
from year_soak.running import Running
from year_soak.scenario import SHORT, WHOLE, Scenario


def main() -> int:
    """Let the year happen; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--until", type=date.fromisoformat)
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    chosen = SHORT if given.short else WHOLE
    if given.until:
        chosen = chosen.until(given.until)
    plan = chosen.years()
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {text}", flush=True)

    with _world(chosen, given.keep, say) as world:
        joined = {year.province.slug: year.first for year in plan}
        population = Population(world.home.parent / "sample", landing(), joined, chosen.last)
        last = drive.simulate(
            world, plan, chosen.inputs, say, population, lambda: time.monotonic() - begun > 60 * (given.minutes or 60 * 24)
        )
        if last < chosen.last:
            say(f"stopped after {last:%Y-%m}")
            chosen = chosen.until(last)
            plan = chosen.years()
        known = {year.province.slug: contacts(year.province.slug) for year in plan}
        wrong = drive.differences(world, plan, known, chosen.inputs, population) + world.wrong_runs(plan)
        told, owed = sum(len(year.told()) for year in plan), sum(len(year.reports) for year in plan)
        said = f"{owed} reports, {told} mails of the watch, {population.compared} figures of people: " + (
            f"{len(wrong)} differences" if wrong else "all as they had to be"
        )
        say(said)
        if given.write:
            outcome.write(world, plan, given.write, said, round((time.monotonic() - begun) / 60))
    for line in wrong:
        print(f"  {line}")
    return 1 if wrong else 0


@contextmanager
def _world(chosen: Scenario, keep: Path | None, say: Callable[[str], None]) -> Iterator[Running]:
    folder = keep or Path(tempfile.mkdtemp(prefix="sangloc-year-"))
    try:
        os.environ["SANGLOC_ROOT"] = str(simulated_root(folder / "root", chosen.provinces, chosen.offices))
        with closing(Running(folder / "home", datetime.combine(chosen.first, time_of_day.min))) as world:
            say("the stack runs")
            yield world
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
