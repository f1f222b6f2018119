"""
### Theo dõi hạn báo cáo · deadline watch

Compares what the province owes (`include/provinces/<province>/profile.yaml`) with what has gone out
(`reporting.submission`), and mails reminders and alarms. It needs no run of any report: a report whose DAG is paused, failed or
never ran is seen here. **Switch this DAG on first, and leave it on.**

**When:** daily at 07:00. By hand at any time: what was told is not told again.

**Tasks:** *Lập danh mục kỳ báo cáo* notes every period for which a report is owed, and which commune, facility or department
owes figures for it by when. *Nhắc hạn và cảnh báo* mails, each once: the reminders and the escalation of the profile (`watch`
of each obligation); a report whose work stands still, to the engineer; one that the officer has not answered for
`approval.deputy_after_hours`, to the deputy; a mail of which nobody knows whether it went out, or that was refused for good.
*Gửi bảng theo dõi tháng* mails the board of the year as XLSX on the first working day of the month.

**After a pause of days or weeks** each period that is overdue is told of once, with how late it is; steps that were missed are
not made up for one by one. Between two mornings `<province>__hourly_watch` sees to what is counted in hours.

**After a crash while sending:** as for reports: the mail is marked `uncertain` in `reporting.outbox`, a person decides.

**What to look at:** `reporting.board` (every obligation and period: state, due, late by how much, corrections),
`reporting.board_input` (received and in time of expected, from below), `reporting.submission_step` (who moved a report when).
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task

from families import OFFICER_STARTS, Family, family_dag, for_each_province
from sangloc.guard import guarded
from sangloc.provinces import Profile

HOURLY = """
### Theo dõi theo giờ, gửi lại thư còn chờ · hourly watch

What does not wait for the morning: reminders and alarms of ad-hoc reports, whose deadlines are hours; the deputy's turn; mails
that the server refused for now or that could not be sent while it was down; news of mails that a person has to see to. It needs
no run of any report. **Switch this DAG on with the deadline watch, and leave it on.**

**When:** every hour, at a quarter past. When nothing is due it asks the database a few questions and ends.

**Mails that wait** are tried again 5, 10, 20, 40, 80, 160 minutes and then every four hours after the last try, whatever
became of the run that made them. What the server refuses for good (5xx) is not tried again: officer and engineer are told
which recipient.

**What to look at:** `reporting.outbox` (`state`, `attempts`, `next_try_at`, `last_error`).
"""

ACKNOWLEDGEMENT = """
### Ghi nhận nơi nhận xác nhận · acknowledgement

Writes down that a recipient has acknowledged a report that went out; it is `acknowledged` on the board from then on.

**When:** by hand only, through the form.

**Parameters** `obligation`, `period`: which report (`2026-Q3`, `2026-11`). `note`: the recipient's words, such as the number
under which the report was registered; no personal data.

**What to look at:** `reporting.board`, `reporting.submission_step`.
"""


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


@task(task_display_name="Theo dõi theo giờ, gửi lại thư còn chờ")
@guarded
def each_hour(slug: str) -> dict[str, int]:
    from sangloc import reporting

    return reporting.each_hour(slug)


@task(task_display_name="Gửi bảng theo dõi tháng")
@guarded
def send_board(slug: str) -> dict[str, Any]:
    from sangloc import reporting

    return reporting.send_board(slug)


@task(task_display_name="Ghi nhận xác nhận")
@guarded
def acknowledge(slug: str, params: dict[str, Any] | None = None, dag_run: Any = None) -> dict[str, Any]:
    from sangloc import reporting

    given = params or {}
    by = getattr(dag_run, "triggering_user_name", None) or "unknown"
    return reporting.acknowledge(slug, given["obligation"], given["period"], by, given["note"])


def build(profile: Profile) -> list[DAG]:
    names = {obligation.id: obligation.name_vi for obligation in profile.obligations}
    with family_dag(
        profile, Family.DEADLINES, "deadline_watch", "Theo dõi hạn báo cáo", __doc__, schedule="0 7 * * *"
    ) as watch:
        expect(profile.slug) >> [remind(profile.slug), send_board(profile.slug)]
    with family_dag(
        profile,
        Family.DEADLINES,
        "hourly_watch",
        "Theo dõi theo giờ, gửi lại thư còn chờ",
        HOURLY,
        schedule="15 * * * *",
    ) as hourly:
        each_hour(profile.slug)
    with family_dag(
        profile,
        Family.DEADLINES,
        "acknowledgement",
        "Ghi nhận nơi nhận xác nhận báo cáo",
        ACKNOWLEDGEMENT,
        schedule=None,
        access_control=OFFICER_STARTS,
        params={
            "obligation": Param(next(iter(names)), type="string", enum=list(names), values_display=names, title="Báo cáo"),
            "period": Param(type="string", minLength=4, maxLength=40, title="Kỳ báo cáo", description="For example 2026-Q3"),
            "note": Param(None, type=["null", "string"], maxLength=1000, title="Số đến, ý kiến của nơi nhận"),
        },
    ) as acknowledgement:
        acknowledge(profile.slug)
    return [watch, hourly, acknowledgement]


globals().update(for_each_province(build))
