"""
### Lập kế hoạch buổi khám · campaign planning

Plans the screening sessions of every commune: people who have not been examined this year, priority groups first, within
the capacity of the commune's station and teams, on working days. Everyone due is either invited to a session or listed
with the reason why not.

**When:** after linkage (asset `health_books/<province>`): a plan needs the roster and has to leave out who was examined.

**Cells:** one for each commune, with its name. A plan is made anew only when people, capacity or calendar changed.

**What to look at:** `planning.plan` (due, planned, not planned), `planning.session`, `planning.invitation`.

**Then:** asset `plan/<province>` when any commune's plan changed.
"""

from __future__ import annotations

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from families import COMMUNE_CELL, Family, all_done, asset, commune_cells, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile


@task(task_display_name="Lập kế hoạch của xã, phường", map_index_template=COMMUNE_CELL)
@guarded
def plan(slug: str, commune: dict[str, str], run_id: str | None = None) -> dict[str, int]:
    from sangloc.planning import plan_commune

    return plan_commune(slug, commune["code"], run_id or "")


@task(task_display_name="Công bố kế hoạch", trigger_rule="all_done")
@guarded
def publish(slug: str, run_id: str | None = None) -> dict[str, int]:
    from sangloc.planning import summarise

    counts = summarise(slug, run_id or "")
    if not counts["changed"]:
        raise AirflowSkipException("No commune's plan changed")
    return counts


def build(profile: Profile) -> DAG:
    with family_dag(
        profile,
        Family.PLANNING,
        "campaign_planning",
        "Lập kế hoạch buổi khám",
        __doc__,
        schedule=asset(profile, "health_books"),
    ) as dag:
        cells = plan.partial(slug=profile.slug).expand(commune=commune_cells(profile))
        cells >> publish.override(outlets=[asset(profile, "plan")])(profile.slug)
        cells >> all_done("all_communes_done", "Mọi xã, phường đều xong")
    return dag


globals().update(for_each_province(build))
