"""
### Lập sổ sức khỏe cho toàn dân · health-book creation

Opens an electronic health book for everyone on the roster who has none. Books are also opened by the first examination
(health-book linkage); this run reaches everybody else.

**When:** every year on 2 January at 01:00; or by hand at any time. Nobody gets a second book, however often this runs.

**Cells:** one for each commune, with its name. A red cell is one commune whose work failed; clear it to try again.

**What to look at:** `health_book.creation` (people and first books of each commune and year), `health_book.book` (`opened_by`).

**Then:** asset `health_books/<province>` when any book was opened, which starts planning and the checks.
"""

from __future__ import annotations

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from families import COMMUNE_CELL, Family, all_done, asset, commune_cells, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile


@task(task_display_name="Lập sổ cho người dân của xã, phường", map_index_template=COMMUNE_CELL)
@guarded
def open_books(slug: str, commune: dict[str, str], run_id: str | None = None) -> dict[str, int]:
    from sangloc import health_book

    return health_book.open_books(slug, commune["code"], run_id or "")


@task(task_display_name="Công bố số sổ đã lập", trigger_rule="all_done")
@guarded
def publish(slug: str, run_id: str | None = None) -> dict[str, int]:
    from sangloc.health_book import summarise_creation

    counts = summarise_creation(slug, run_id or "")
    if not counts["communes_changed"]:
        raise AirflowSkipException("Everyone had a book")
    return counts


def build(profile: Profile) -> DAG:
    with family_dag(
        profile,
        Family.LINKAGE,
        "health_book_creation",
        "Lập sổ sức khỏe cho toàn dân",
        __doc__,
        schedule="0 1 2 1 *",
    ) as dag:
        cells = open_books.partial(slug=profile.slug).expand(commune=commune_cells(profile))
        cells >> publish.override(outlets=[asset(profile, "health_books")])(profile.slug)
        cells >> all_done("all_communes_done", "Mọi xã, phường đều xong")
    return dag


globals().update(for_each_province(build))
