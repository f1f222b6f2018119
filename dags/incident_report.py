"""
### Báo cáo đột xuất · incident report

Reports at once when something complex, sensitive or false spreads about the health checks. A person starts it with the
form; it has its own short deadline and the same approval and delivery as every report.

**When:** by hand only, through the form.

**Parameters** `kind`, `area`, `summary`: what happened, where, in a few sentences. **No names, numbers, birth dates, phones or
addresses of persons**: the form is kept in Airflow's history. Numbers, dates and mail addresses are recognised and refused by
the first task, but the form has been kept by then; names cannot be recognised.

**What to look at:** `reporting.submission`, `reporting.outbox`.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from families import OFFICER_STARTS, Family, family_dag, for_each_province, legal_deadline
from report_steps import report_steps
from sangloc import reporting
from sangloc.provinces import Profile


def build(profile: Profile) -> list[DAG]:
    made = []
    kinds = reporting.incident_kinds()
    for obligation in profile.obligations:
        if obligation.cadence != "ad_hoc":
            continue
        with family_dag(
            profile,
            Family.INCIDENT,
            "incident_report",
            obligation.name_vi,
            __doc__,
            schedule=None,
            access_control=OFFICER_STARTS,
            deadline=legal_deadline(profile, obligation.id),
            params={
                "kind": Param(
                    "misinformation",
                    type="string",
                    enum=list(kinds),
                    values_display=kinds,
                    title="Loại vụ việc",
                ),
                "area": Param(
                    profile.code,
                    type="string",
                    title="Địa bàn",
                    description="Code of the province, or codes of communes separated by commas",
                ),
                "summary": Param(
                    type="string",
                    minLength=10,
                    maxLength=1000,
                    title="Tóm tắt",
                    description="Không ghi họ tên, số định danh, điện thoại, địa chỉ của người dân",
                ),
            },
        ) as dag:
            report_steps(profile.slug, obligation.id)
        made.append(dag)
    return made


globals().update(for_each_province(build))
