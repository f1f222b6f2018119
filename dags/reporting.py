"""
### Báo cáo theo nghĩa vụ · reporting

One DAG for each reporting obligation of the province (`include/provinces/<province>/profile.yaml`): figures are taken on one
consistent snapshot, set into a DOCX, a PDF and a workbook, shown to an officer, and sent only after the officer approved.

**When:** by the obligation's own timetable, just after the cut-off of each period; the legal due time stands on the run as
its deadline. By hand: the latest period that has ended, or the one named in `period` (for example `2026-Q3`).

**Parameters** `period`: key of the period; empty for the latest that has ended. `correction`: why a report that has gone out is
replaced by a new version; its recipients read it, and which figures changed. Empty for everything else.

**Approval:** the officer gets a mail with the PDF and what changed since last time, and answers under *Required Actions*. What
is sent back becomes the engineer's task: a mail with the officer's note; run the DAG again for the next version. Without an
approval nothing is sent. What is sent is byte for byte what was approved.

**After a crash while sending:** a mail that may already have gone out is marked `uncertain` in `reporting.outbox` and this
run fails; a person decides, it is never sent again silently. A recipient whom the server refuses for good is named in a mail to
officer and engineer; the others are served. What could only not be sent for now waits for `<province>__hourly_watch`.

**What to look at:** `reporting.submission`, `reporting.figure`, `reporting.document`, `reporting.outbox`.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from families import OFFICER_ANSWERS, Family, family_dag, for_each_province, legal_deadline
from report_steps import report_steps
from sangloc.deadlines.airflow import ReportTimetable, first_start
from sangloc.provinces import Profile


def build(profile: Profile) -> list[DAG]:
    made = []
    for obligation in profile.obligations:
        if obligation.cadence == "ad_hoc":
            continue
        with family_dag(
            profile,
            Family.REPORTING,
            f"report_{obligation.id}",
            obligation.name_vi,
            __doc__,
            schedule=ReportTimetable(profile.slug, obligation.id),
            start_date=first_start(profile.slug, obligation.id),
            deadline=legal_deadline(profile, obligation.id),
            catchup=True,
            access_control=OFFICER_ANSWERS,
            params={
                "period": Param(
                    None,
                    type=["null", "string"],
                    title="Kỳ báo cáo",
                    description="Key of the period, for example 2026-Q3; empty for the latest that has ended",
                ),
                "correction": Param(
                    None,
                    type=["null", "string"],
                    maxLength=1000,
                    title="Lý do đính chính",
                    description="Why a report that has gone out is replaced; the recipients read it. Empty otherwise",
                ),
            },
        ) as dag:
            report_steps(profile.slug, obligation.id)
        made.append(dag)
    return made


globals().update(for_each_province(build))
