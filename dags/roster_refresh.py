"""
### Làm mới danh sách dân cư · roster refresh

Takes the roster files that the communes dropped into `landing/<province>/roster/<commune>/`, checks every row, and
brings the population roster up to date: new people, changes, moves, departures, with their history.

**When:** daily at 02:00; or by hand at any time. A file is loaded once, however often this runs.

**Cells:** one for each commune, with its name. A red cell is one commune whose file was refused or whose work failed;
the others are not touched by it. Clear that cell to try again, or have the commune send a corrected file and run again.

**What to look at:** `intake.file` and `intake.reject` (rows held back, with the reason), `roster.refresh` (what each file
changed). The task log shows counts only.

**Then:** asset `roster/<province>` when anything changed, which starts linkage and the checks.
"""

from __future__ import annotations

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from families import COMMUNE_CELL, Family, asset, commune_cells, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile


@task(task_display_name="Nạp danh sách của xã, phường", map_index_template=COMMUNE_CELL)
@guarded
def refresh(slug: str, commune: dict[str, str], run_id: str | None = None) -> dict[str, int]:
    from sangloc.roster import refresh_commune

    return refresh_commune(slug, commune["code"], run_id or "")


@task(task_display_name="Công bố danh sách", trigger_rule="all_done")
@guarded
def publish(slug: str, run_id: str | None = None) -> dict[str, int]:
    from sangloc.roster import summarise

    counts = summarise(slug, run_id or "")
    if not counts["changed"]:
        raise AirflowSkipException("No commune sent anything new: the roster is as it was")
    return counts


@task(task_display_name="Mọi xã, phường đều xong")
def all_communes_done() -> None:
    """A leaf that only runs when no commune failed: without it a red commune would end in a green run."""


def build(profile: Profile) -> DAG:
    with family_dag(profile, Family.ROSTER, "roster_refresh", "Làm mới danh sách dân cư", __doc__, schedule="0 2 * * *") as dag:
        cells = refresh.partial(slug=profile.slug).expand(commune=commune_cells(profile))
        cells >> publish.override(outlets=[asset(profile, "roster")])(profile.slug)
        cells >> all_communes_done()
    return dag


globals().update(for_each_province(build))
