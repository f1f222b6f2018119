"""What it takes to write a province's full set of reports (`make bench-documents`).

Every obligation of every province with a figure for every indicator and key there is, compared with a report before: the
blocks, the DOCX with its charts as pictures, the PDF and the annex. CPU of this process and its threads; the province that
takes longest counts. Nothing is read from a database.

    BENCH_WORK=DIR          keeps the documents
"""

from __future__ import annotations

import itertools
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sangloc import clock, deadlines, provinces, reporting
from sangloc.errors import SanglocError
from sangloc.reporting import annex, content, pdf, word
from sangloc.reporting.figures import Figure, Published
from sangloc.reporting.submissions import Submission
from sangloc.reporting.wording import Before, Beside, Commune, labels

GOAL = 30
NOW = datetime(2026, 11, 21, 8, tzinfo=clock.VIETNAM)
FACILITIES = {f"20{place:03d}": f"Trung tâm Y tế khu vực {place}" for place in range(1, 121)}
WEEKS = [f"2026-W{week:02d}" for week in range(1, 45)]


def figures(slug: str, seed: int) -> Published:
    """Every indicator and key with a made-up count; some are small."""
    chance = random.Random(seed)
    profile = provinces.load(slug)
    keys = {name: list(found) for name, found in labels().items()} | {
        "total": [""],
        "commune": [unit.code for unit in provinces.communes(slug)],
        "priority": [group.id for group in profile.priority_groups],
        "target": [target.id for target in profile.targets],
        "facility": list(FACILITIES),
        "week": WEEKS,
        "state": ["linked", "in_review", "not_on_roster", "waiting", "past", "to_come"],
    }
    made = []
    for name, one in reporting.indicators().items():
        for breakdown in re.findall(r"[a-z_]+", re.sub(r"\([^)]*\)", "", one.breakdowns)):
            parts = breakdown.split("_", 1) if one.margins else [breakdown]
            for found in itertools.product(*(keys[part] for part in parts)):
                whole = chance.choice((3, 900, 30_000)) + chance.randrange(30_000)
                made.append(Figure(name, breakdown, "/".join(found), Decimal(chance.randrange(whole)), Decimal(whole)))
    return Published(made, reporting.indicators())


def submission(slug: str, obligation: provinces.Obligation) -> Submission:
    """The obligation's first period, as if it had just been opened."""
    profile = provinces.load(slug)
    ad_hoc = obligation.cadence == "ad_hoc"
    period = deadlines.ad_hoc_period(NOW) if ad_hoc else deadlines.first_period(obligation)
    assert period is not None
    due = deadlines.due(obligation, period)
    facts = {"kind": "misinformation", "area": [profile.code], "summary": "Tin giả về phí khám."} if ad_hoc else None
    return Submission(
        1, slug, profile.code, obligation.id, period.key, period.starts, period.ends, due.legal_at, due.aim_on,
        "collecting", False, False, 1, facts, None, None, None, None, "run", NOW,
    )  # fmt: skip


@contextmanager
def _timed(spent: dict[str, float], what: str) -> Iterator[None]:
    began = time.process_time()
    yield
    spent[what] = spent.get(what, 0.0) + time.process_time() - began


def main() -> int:
    """Write every report once and say what it cost."""
    folder = os.environ.get("BENCH_WORK")
    most = 0.0
    for slug in provinces.slugs():
        spent: dict[str, float] = {}
        written = 0
        for obligation in provinces.load(slug).obligations:
            about, now, earlier = submission(slug, obligation), figures(slug, 1), figures(slug, 2)
            units = [Commune(unit.code, unit.name) for unit in provinces.communes(slug)]
            before = Before(earlier, 6, about.period_from - timedelta(days=1))
            seal = content.Seal(7, NOW, "f" * 64, "a" * 64)
            with _timed(spent, "blocks"):
                document = content.build(about, now, units, seal, Beside(FACILITIES, before))
            made = {}
            with _timed(spent, "docx"):
                made["docx"] = word.write(document, NOW)
            with _timed(spent, "pdf"):
                made["pdf"] = pdf.draw(document, NOW)
            if document["annex"]:
                with _timed(spent, "xlsx"):
                    made["xlsx"] = annex.write(document, NOW)
            written += len(made)
            for kind, raw in made.items() if folder else ():
                Path(folder or "", f"{slug}_{obligation.id}.{kind}").write_bytes(raw)
        total = sum(spent.values())
        most = max(most, total)
        parts = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in spent.items())
        print(f"{slug}: {written} documents, {total:.1f} s of CPU ({parts})")
    print(f"FIGURE documents.cpu_seconds {most:.1f} s goal <={GOAL}")
    return 0 if most <= GOAL else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SanglocError as error:
        print(f"bench_documents: {error}", file=sys.stderr)
        sys.exit(2)
