"""
### Kiểm tra chất lượng dữ liệu · data quality

Runs the Great Expectations suites of `include/expectations/` over the published tables behind each asset that changed.
Results are counts only. A critical finding fails the run; a warning is recorded and shown in the reports.

**When:** after every change of roster, exams, health books or plan (assets); by hand it checks everything.

**Cells:** one for each asset: `roster`, `exams`, `health_books`, `plan`.

**What to look at:** `quality.validation`, `quality.finding`, `quality.quarantine` (keys of the rows held back, by rule).
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, AssetAny, task

from families import Family, asset, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile

GROUPS = ("roster", "exams", "health_books", "plan")


@task(task_display_name="Chọn bảng cần kiểm tra")
@guarded
def choose(triggering_asset_events: Any = None) -> list[str]:
    changed = {str(asset.name).split("/")[0] for asset in triggering_asset_events or {}}
    return [group for group in GROUPS if not changed or group in changed]


@task(task_display_name="Kiểm tra", map_index_template="{{ task.op_kwargs['group'] }}")
@guarded
def validate(slug: str, group: str, run_id: str | None = None) -> dict[str, int]:
    from sangloc.quality import run_suite_group

    return run_suite_group(slug, group, run_id or "")


def build(profile: Profile) -> DAG:
    with family_dag(
        profile,
        Family.QUALITY,
        "data_quality",
        "Kiểm tra chất lượng dữ liệu",
        __doc__,
        schedule=AssetAny(*(asset(profile, group) for group in GROUPS)),
    ) as dag:
        validate.partial(slug=profile.slug).expand(group=choose())
    return dag


globals().update(for_each_province(build))
