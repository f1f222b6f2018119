"""
### Liên kết sổ sức khỏe · health-book linkage

Puts every exam record into the right person's electronic health book. A record is linked by itself only when
identifier, birth date and name all agree and the number is not a guardian's; everything else waits in
`health_book.review` for a person's decision.

**When:** after every change of the roster or of the exam records (assets).

**What to look at:** `health_book.entry` (method, probability, model version of each link), `health_book.review` (what waits
and why).

**People on no list:** who was examined and resembles nobody on the roster goes to the commune that should know them, as a list
in `landing/<province>/returned/roster/<commune>/`.

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
