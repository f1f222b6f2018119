"""
### Báo cáo đột xuất · incident report

Reports at once when something complex, sensitive or false spreads about the health checks. A person starts it with the
form; it has its own short deadline and the same approval and delivery as every report.

**When:** by hand only, through the form.

**Parameters** `kind`, `summary`: what happened, in a few sentences; `area`: where; `urgency`: how urgent; `assessment`: what is
thought of it at first; `measures`: what was done; `proposals`: what is asked for. The document says which of the last three
were left empty; none of the texts stands in a mail. **No names, numbers, birth dates, phones or
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

NO_PERSONS = "Không ghi họ tên, số định danh, điện thoại, địa chỉ của người dân"


def text(title: str) -> Param:
    """A field of the form that may stay empty."""
    return Param(None, type=["null", "string"], format="multiline", maxLength=1000, title=title, description=NO_PERSONS)


def build(profile: Profile) -> list[DAG]:
    made = []
    kinds, urgencies = reporting.incident_kinds(), reporting.incident_urgencies()
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
                "urgency": Param(
                    "urgent",
                    type="string",
                    enum=list(urgencies),
                    values_display=urgencies,
                    title="Mức độ khẩn",
                ),
                "summary": Param(
                    type="string",
                    format="multiline",
                    minLength=10,
                    maxLength=1000,
                    title="Tóm tắt",
                    description=NO_PERSONS,
                ),
                "assessment": text("Đánh giá ban đầu"),
                "measures": text("Biện pháp đã thực hiện"),
                "proposals": text("Kiến nghị, đề xuất"),
            },
        ) as dag:
            report_steps(profile.slug, obligation.id)
        made.append(dag)
    return made


globals().update(for_each_province(build))
