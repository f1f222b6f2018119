"""
### Theo dõi hạn báo cáo · deadline watch

Compares what the province owes (`include/provinces/<province>/profile.yaml`) with what has gone out
(`reporting.submission`), and mails reminders and alarms. It needs no run of any report: a report whose DAG is paused, failed or
never ran is seen here. **Switch this DAG on first, and leave it on.**

**When:** daily at 07:00. By hand at any time: what was told is not told again.

**Tasks:** *Lập danh mục kỳ báo cáo* notes every period for which a report is owed, and which commune, facility or department
owes figures for it by when. *Nhắc hạn và cảnh báo* mails, each once: the reminders and the escalation of the profile (`watch`
of each obligation); a report whose work stands still, to the engineer; one that the officer has not answered for
`approval.deputy_after_hours`, to the deputy; a mail of which nobody knows whether it went out. *Gửi bảng theo dõi tháng* mails
the board of the year as XLSX on the first working day of the month.

**After a pause of days or weeks** each period that is overdue is told of once, with how late it is; steps that were missed are
not made up for one by one.

**After a crash while sending:** as for reports: the mail is marked `uncertain` in `reporting.outbox`, a person decides.

**What to look at:** `reporting.board` (every obligation and period: state, due, late by how much, corrections),
`reporting.board_input` (received and in time of expected, from below), `reporting.submission_step` (who moved a report when).
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from families import Family, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile


@task(task_display_name="Lập danh mục kỳ báo cáo")
@guarded
def expect(slug: str) -> dict[str, int]:
    from sangloc import reporting

    return reporting.expect(slug)


@task(task_display_name="Nhắc hạn và cảnh báo")
@guarded
def remind(slug: str) -> dict[str, int]:
    from sangloc import reporting

    return reporting.remind(slug)


@task(task_display_name="Gửi bảng theo dõi tháng")
@guarded
def send_board(slug: str) -> dict[str, Any]:
    from sangloc import reporting

    return reporting.send_board(slug)


def build(profile: Profile) -> DAG:
    with family_dag(profile, Family.DEADLINES, "deadline_watch", "Theo dõi hạn báo cáo", __doc__, schedule="0 7 * * *") as dag:
        expect(profile.slug) >> [remind(profile.slug), send_board(profile.slug)]
    return dag


globals().update(for_each_province(build))
