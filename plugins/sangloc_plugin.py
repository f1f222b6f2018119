"""The one Airflow plugin: timetables, the deadline reference, the ledger's listener and the pages."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from sangloc.audit import listener
from sangloc.deadlines.airflow import ReportDeadline, ReportTimetable
from sangloc.web import REPORTS_PREFIX, REVIEW_PREFIX, reports_app, reports_menu, review_app, review_menu


class SanglocPlugin(AirflowPlugin):
    """Registers what Airflow has to know of Sàng Lọc."""

    name = "sangloc"
    timetables = [ReportTimetable]
    deadline_references = [ReportDeadline]
    listeners = [listener]
    fastapi_apps = [
        {"app": review_app, "url_prefix": REVIEW_PREFIX, "name": "sangloc_review"},
        {"app": reports_app, "url_prefix": REPORTS_PREFIX, "name": "sangloc_reports"},
    ]
    external_views = [reports_menu, review_menu]
