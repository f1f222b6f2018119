"""
### Làm mới danh sách dân cư · roster refresh

Takes the roster files that the communes dropped into `landing/<province>/roster/<commune>/`, checks every row, and
brings the population roster up to date: new people, changes, moves, departures, with their history.

**When:** daily at 02:00; or by hand at any time. A file is loaded once, however often this runs.

**Cells:** one for each commune, with its name. A red cell is one commune whose file was refused or whose work failed;
the others are not touched by it. Clear that cell to try again, or have the commune send a corrected file and run again.
A pink cell is a commune whose list is held; its name says why (*Xã … · GIỮ LẠI: số người giảm 42% (mức 10%)*).

**Held lists:** a list of the wrong place, of an older month, or that changes the roster beyond the bounds of the province's
profile (section `roster`) changes nothing until an officer has answered. For each such list one run of
`<province>__roster_release` is opened, with the id `held-<number of the file>`: it mails engineer and officer why the list
waits and asks the officer under *Required Actions* whether to take it, to take it without closing anybody, or to refuse it.
A complete list that passes takes the place of the one that waits. While any list waits, the square
*Mọi xã, phường đều xong* is pink instead of green; the run succeeds and the roster of everybody else is published.

**Given back:** rejected rows go to `landing/<province>/returned/roster/<commune>/` as a workbook that the commune corrects and
drops into its own folder again; there too the commune finds who stands on two communes' lists.

**What to look at:** `intake.file` and `intake.reject` (rows held back, with the reason), `intake.warning` (remarks about rows
that were taken), `intake.hold` (why lists wait, who decided what), `roster.refresh` (what each file changed), `roster.gap`
(each commune against its previous list and its registered population). The task log shows counts only.

**Then:** asset `roster/<province>` when anything changed, which starts linkage and the checks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput

from families import OFFICER_ANSWERS, Family, asset, commune_cells, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile

RELEASE = """
### Xem xét danh sách bị giữ lại · roster release

Asks an officer about one commune's list that the roster refresh holds, and carries the answer out.

**When:** started by the roster refresh, once for each list it holds; the run's id is `held-<number of the file>`.

**Parameter** `file_id`: the list's number in `intake.file`, as in the run's id.

**Answers:** *Nhận danh sách* merges the list as it is; *Chỉ bổ sung, không xóa ai* adds and changes people but closes
nobody; *Từ chối* refuses the file for good, the commune has to send another one. When the commune sends a complete list
that passes before anybody answers, the question is withdrawn within a day, and an answer changes nothing any more.

**After a crash while sending:** a mail that may already have gone out is marked `uncertain` in `reporting.outbox` and
*Báo cho kỹ sư và cán bộ* fails; a person decides, it is never sent again silently. The question stands nevertheless.

**What to look at:** `intake.hold` (reasons, counts, who decided what and when), `roster.refresh`.

**Then:** asset `roster/<province>` when the list changed anything.
"""

TAKE, REFUSE, ADD_ONLY = "Nhận danh sách", "Từ chối", "Chỉ bổ sung, không xóa ai"
DECISIONS = {TAKE: "release", REFUSE: "refuse", ADD_ONLY: "addition"}
# How often a question looks whether it still has to be answered.
STILL_WAITING = timedelta(days=1)
# One for each list that waits; they cost nothing while they do.
MOST_QUESTIONS = 200


@task(
    task_display_name="Nạp danh sách của xã, phường",
    map_index_template="{{ label | default(task.op_kwargs['commune']['name']) }}",
)
@guarded
def refresh(slug: str, commune: dict[str, str], run_id: str | None = None) -> dict[str, int]:
    from sangloc.roster import give_back, refresh_commune
    from sangloc.roster.holds import cell_label

    try:
        counts = refresh_commune(slug, commune["code"], run_id or "")
    finally:
        # Lists that were merged before another one was refused have rejected rows too.
        give_back(slug, commune["code"])
    if counts["held"]:
        context = get_current_context()
        context["label"] = cell_label(slug, commune)
        context["ti"].xcom_push("return_value", counts)
        raise AirflowSkipException(f"{counts['held']} files of commune {commune['code']} wait for an officer")
    return counts


@task(task_display_name="Nhóm đối tượng theo tuổi")
@guarded
def regroup(slug: str) -> int:
    from sangloc.roster import age_groups

    return age_groups(slug)


@task(task_display_name="Đối chiếu số liệu các xã, phường", trigger_rule="all_done")
@guarded
def compare(slug: str) -> dict[str, int]:
    from sangloc.roster import reconcile

    return reconcile(slug)


@task(task_display_name="Công bố danh sách", trigger_rule="all_done")
@guarded
def publish(slug: str, run_id: str | None = None) -> dict[str, int]:
    from sangloc.roster import summarise

    counts = summarise(slug, run_id or "")
    if not counts["changed"]:
        raise AirflowSkipException("No commune sent anything new: the roster is as it was")
    return counts


@task(task_display_name="Danh sách đang bị giữ lại", trigger_rule="all_done")
@guarded
def find_held(slug: str) -> list[dict[str, Any]]:
    from sangloc.roster.holds import held, label

    return [
        {
            "trigger_run_id": f"held-{one['file_id']}",
            "conf": {"file_id": one["file_id"]},
            "note": label(one["commune_name"], one["short"]),
        }
        for one in held(slug)
    ]


# Not all_success: a cell that is skipped would skip this too, at once, and hide one that fails later.
@task(task_display_name="Mọi xã, phường đều xong", trigger_rule="none_failed")
@guarded
def all_communes_done(slug: str) -> None:
    """A leaf that only runs when no commune failed: without it a red commune would end in a green run."""
    from sangloc.roster.holds import held

    if waiting := len(held(slug)):
        raise AirflowSkipException(f"{waiting} lists wait for an officer: see Required Actions")


class Question(HITLOperator):
    """Asks an officer about a held list, and withdraws the question when the list does not wait any more."""

    def __init__(self, *, patience: timedelta, **more: Any) -> None:
        super().__init__(**more)
        self.patience = patience

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Takes the answer; without one, goes on waiting as long as the list does and patience lasts."""
        from sangloc import clock
        from sangloc.roster.holds import waiting

        if event.get("error_type") == "timeout":
            one = waiting(context["params"]["file_id"])
            if one is None:
                raise AirflowSkipException("The list does not wait any more: a later one took its place")
            if clock.now() - one["since"] < self.patience:
                raise TaskAwaitingInput(method_name="execute_complete", timeout=self.response_timeout)
        return super().execute_complete(context, event)


@task(task_display_name="Nêu lý do giữ lại")
@guarded
def describe(params: dict[str, Any] | None = None) -> dict[str, str]:
    from sangloc.roster.holds import question

    asked = question((params or {})["file_id"])
    if asked is None:
        raise AirflowSkipException("Nothing to decide: the list does not wait any more")
    return asked


@task(task_display_name="Báo cho kỹ sư và cán bộ")
@guarded
def tell(params: dict[str, Any] | None = None, dag_run: Any = None) -> bool:
    from sangloc.roster.holds import tell as tell_once

    page = f"/dags/{dag_run.dag_id}/runs/{dag_run.run_id}/tasks/question/required_actions"
    return tell_once((params or {})["file_id"], page)


@task(task_display_name="Thực hiện quyết định")
@guarded
def apply(slug: str, answer: dict[str, Any], params: dict[str, Any] | None = None, run_id: str | None = None) -> dict[str, int]:
    from sangloc.roster.holds import settle

    by = (answer.get("responded_by_user") or {}).get("name") or "unknown"
    note = (answer.get("params_input") or {}).get("note")
    counts = settle(slug, (params or {})["file_id"], DECISIONS[answer["chosen_options"][0]], by, note, run_id or "")
    if counts is None:
        raise AirflowSkipException("Too late: the list had been decided on, or a later one had taken its place")
    return counts


def build_refresh(profile: Profile) -> DAG:
    """Every commune's new lists into the roster, and a question for each list that is held."""
    with family_dag(profile, Family.ROSTER, "roster_refresh", "Làm mới danh sách dân cư", __doc__, schedule="0 2 * * *") as dag:
        cells = refresh.partial(slug=profile.slug).expand(commune=commune_cells(profile))
        regroup(profile.slug) >> cells >> compare(profile.slug)
        cells >> publish.override(outlets=[asset(profile, "roster")])(profile.slug)
        cells >> all_communes_done(profile.slug)
        waiting = find_held(profile.slug)
        cells >> waiting
        # The run's id is the file's: a list is asked about once, however often this runs.
        TriggerDagRunOperator.partial(
            task_id="open_release",
            task_display_name="Mở yêu cầu xem xét",
            map_index_template="{{ task.note }}",
            trigger_dag_id=f"{profile.slug}__roster_release",
            logical_date=None,
            skip_when_already_exists=True,
            openlineage_inject_parent_info=False,
        ).expand_kwargs(waiting)
    return dag


def build_release(profile: Profile) -> DAG:
    """One list that is held: why, the mail, the question, and the answer carried out."""
    with family_dag(
        profile,
        Family.ROSTER,
        "roster_release",
        "Xem xét danh sách bị giữ lại",
        RELEASE,
        schedule=None,
        # Nothing starts it but a list that waits; an officer is asked although nobody switched it on.
        is_paused_upon_creation=False,
        max_active_runs=MOST_QUESTIONS,
        access_control=OFFICER_ANSWERS,
        params={"file_id": Param(type="integer", minimum=1, title="Số của tệp", description="Number in intake.file")},
    ) as dag:
        asked = describe()
        answer = Question(
            task_id="question",
            task_display_name="Quyết định của cán bộ",
            subject="{{ ti.xcom_pull(task_ids='describe')['subject'] }}",
            body="{{ ti.xcom_pull(task_ids='describe')['body'] }}",
            options=list(DECISIONS),
            # A text that must not be empty would keep the officer from deciding without one.
            params={"note": Param(None, type=["null", "string"], maxLength=500, title="Ý kiến")},
            response_timeout=STILL_WAITING,
            patience=timedelta(days=profile.approval.timeout_days),
            execution_timeout=None,
        )
        asked >> [tell(), answer]
        # A try that was killed after the merge leaves it to this whether anything changed.
        done = publish.override(outlets=[asset(profile, "roster")], trigger_rule="none_failed")(profile.slug)
        apply(profile.slug, answer.output) >> done
    return dag


globals().update(for_each_province(lambda profile: [build_refresh(profile), build_release(profile)]))
