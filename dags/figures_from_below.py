"""
### Thu số liệu từ đơn vị · figures from below

Makes the forms in which communes, facilities and departments report what no other data says (`inputs` of each obligation in
`include/provinces/<province>/profile.yaml`), and takes in what comes back.

**When:** every two hours, the last time of a day at 23:55; or by hand at any time. What lies in a folder then has come by
then.

**Forms:** `landing/<province>/returned/forms/<unit>/bieu_<obligation>_<period>_<input>.xlsx` for every period that has begun
and was not reported yet: unit, period, due date and the figures of the period before are filled in, cells are checked while
they are typed. Hand them out as they are. A form that would be the same is left alone.

**What comes back:** any `.xlsx` in `landing/<province>/submissions/<unit>/` (`<unit>`: the commune's code, the department's id,
`cskcb_` and the facility's code). Of several forms of a unit the newest counts, whole; all are kept. A late one is taken and is
late in `reporting.received_figure`. An empty one is no report.

**Given back:** figures that are wrong go back as `returned/forms/<unit>/<number>-bieu-bi-tra-lai.xlsx`: the form with red cells
and what is wrong; the right figures of the same form count already. A file that is no form, is another unit's, is of a period
that the unit owes nothing for, or has nothing right in it is refused as a whole.

**Cells:** one for each unit that sent something new. A refused form turns its unit's cell red until a right one follows or it
is taken away.

**What to look at:** `reporting.board_input` (received and in time of expected), `reporting.input_due` (which units),
`reporting.received_figure` (every figure with version and file), `intake.file`, `intake.reject`.

**Then:** nothing waits for it: the reports count what has come when they are compiled, and name the units that are missing.
"""

from __future__ import annotations

from airflow.sdk import DAG, task

from families import Family, all_done, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile


@task(task_display_name="Lập danh mục kỳ báo cáo")
@guarded
def expect(slug: str) -> dict[str, int]:
    from sangloc import reporting

    return reporting.expect(slug)


@task(task_display_name="Phát biểu số liệu")
@guarded
def issue(slug: str) -> dict[str, int]:
    from sangloc import forms

    return forms.issue_forms(slug)


@task(task_display_name="Tìm đơn vị có biểu mới")
@guarded
def find_units(slug: str) -> list[dict[str, str]]:
    from sangloc import forms

    return forms.new_units(slug)


@task(task_display_name="Nhận biểu số liệu", map_index_template="{{ task.op_kwargs['unit']['name'] }}")
@guarded
def take_in(slug: str, unit: dict[str, str], run_id: str | None = None) -> dict[str, int]:
    from sangloc import forms

    return forms.take_in(slug, unit["folder"], run_id or "")


@task(task_display_name="Tổng hợp lần nhận", trigger_rule="all_done")
@guarded
def summarise(slug: str, run_id: str | None = None) -> dict[str, int]:
    from sangloc import forms

    return forms.summarise(slug, run_id or "")


def build(profile: Profile) -> list[DAG]:
    if not any(obligation.inputs for obligation in profile.obligations):
        return []
    with family_dag(
        profile,
        Family.FORMS,
        "figures_from_below",
        "Thu số liệu từ đơn vị",
        __doc__,
        schedule="55 1-23/2 * * *",
    ) as dag:
        known = expect(profile.slug)
        units = find_units(profile.slug)
        known >> issue(profile.slug)
        known >> units
        cells = take_in.partial(slug=profile.slug).expand(unit=units)
        cells >> summarise(profile.slug)
        cells >> all_done("all_units_done", "Mọi đơn vị đều xong", trigger_rule="none_failed")
    return [dag]


globals().update(for_each_province(build))
