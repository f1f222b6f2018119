"""
### Tiếp nhận kết quả khám · exam intake

Takes the exam files that stations, hospitals, schools and employers dropped into
`landing/<province>/exams/<source>/<sender>/` (XML and JSON after QĐ 2062, QĐ 1551 and QĐ 3176; XLSX, XLS, CSV), checks every
record and stores it. Which writings of the formats are understood is in `docs/exam-formats.md`.

**When:** every six hours; or by hand at any time. A file is loaded once; a record sent again with other content becomes
a new version of the same exam, earlier versions stay. Of the versions the newest signed one counts; one without a signature
counts only while there is none with it.

**Cells:** one for each sender that has something new, named source and sender code. A refused file turns its sender's
cell red and touches no other.

**Given back:** what was not accepted goes to `landing/<province>/returned/exams/<source>/<sender>/` as a workbook: file,
record, field, rule, and a list's columns with unknown headings. The sender corrects its own records and sends them again under
the same MA_LK, or in a list without one with the same name, birth date, day and class.

**What to look at:** `intake.file`, `intake.reject`, `exam.encounter`, `exam.finding` (with what is wrong beside a value),
`exam.timeliness` (who sends within 24 hours, by facility and month).

**Then:** asset `exams/<province>` when anything changed, which starts linkage and the checks.
"""

from __future__ import annotations

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from families import Family, all_done, asset, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile


@task(task_display_name="Tìm nơi có tệp mới")
@guarded
def find_senders(slug: str) -> list[dict[str, str]]:
    from sangloc.exams import new_senders

    return new_senders(slug)


@task(
    task_display_name="Nạp kết quả khám",
    map_index_template="{{ task.op_kwargs['sender']['source'] }} {{ task.op_kwargs['sender']['sender'] }}",
)
@guarded
def load(slug: str, sender: dict[str, str], run_id: str | None = None) -> dict[str, int]:
    from sangloc.exams import load_sender

    return load_sender(slug, sender["source"], sender["sender"], run_id or "")


@task(task_display_name="Công bố kết quả khám", trigger_rule="all_done")
@guarded
def publish(slug: str, run_id: str | None = None) -> dict[str, int]:
    from sangloc.exams import summarise

    counts = summarise(slug, run_id or "")
    if not counts["changed"]:
        raise AirflowSkipException("Nobody sent anything new: the exam records are as they were")
    return counts


def build(profile: Profile) -> DAG:
    with family_dag(profile, Family.EXAMS, "exam_intake", "Tiếp nhận kết quả khám", __doc__, schedule="30 */6 * * *") as dag:
        cells = load.partial(slug=profile.slug).expand(sender=find_senders(profile.slug))
        cells >> publish.override(outlets=[asset(profile, "exams")])(profile.slug)
        cells >> all_done("all_senders_done", "Mọi nơi gửi đều xong", trigger_rule="none_failed")
    return dag


globals().update(for_each_province(build))
