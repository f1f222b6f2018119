"""
### Liên kết sổ sức khỏe · health-book linkage

Puts every exam record into the right person's electronic health book, whichever of the six sources it came from. By rule
when the identifier is or was the person's, birth date and name key agree, and the number is not a guardian's; else by a
stored Splink model when the best candidate is above the threshold and ahead of the second by a margin. Nobody is linked to
their guardian. What is plausible waits in `health_book.review` for an officer; what an officer decided stays.

**When:** after every change of the roster or of the exam records (assets). Only new exams, open cases and the links that a
changed roster can touch are looked at.

**What to look at:** `health_book.entry` (method, probability, model version of each link), `health_book.review` (what waits
and why), `stats.decision_agreement` (how often officers agree with the model), `stats.coverage` (who is covered in a year, by
which source). Officers decide under *Browse → Liên kết sổ sức khỏe*.

**People on no list:** who was examined and resembles nobody on the roster goes to the commune that should know them, as a list
in `landing/<province>/returned/roster/<commune>/`.

**After a failure:** clear the task; a run is one transaction, and one that ended anywhere left nothing.

**Then:** asset `health_books/<province>`, which starts planning and the checks.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from families import Family, asset, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile


@task(task_display_name="Liên kết kết quả khám với người dân")
@guarded
def link(slug: str, run_id: str | None = None, triggering_asset_events: Any = None) -> dict[str, int]:
    from sangloc import linkage

    counts = linkage.link(slug, run_id or "")
    # A changed roster matters to planning even when it changes no link.
    if not counts["changed"] and not triggering_asset_events:
        raise AirflowSkipException("Started by hand and nothing new to link: the health books are as they were")
    return counts


@task(task_display_name="Người đã khám chưa có trong danh sách")
@guarded
def list_missing(slug: str) -> dict[str, int]:
    from sangloc.roster import unlisted

    return unlisted(slug)


def build(profile: Profile) -> DAG:
    with family_dag(
        profile,
        Family.LINKAGE,
        "health_book_linkage",
        "Liên kết sổ sức khỏe",
        __doc__,
        schedule=asset(profile, "roster") | asset(profile, "exams"),
    ) as dag:
        linked = link.override(outlets=[asset(profile, "health_books")])(profile.slug)
        linked >> list_missing(profile.slug)
    return dag


globals().update(for_each_province(build))
