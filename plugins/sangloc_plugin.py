"""The one Airflow plugin: timetables, the deadline reference and the ledger's listener."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from sangloc.audit import listener
from sangloc.deadlines.airflow import ReportDeadline, ReportTimetable


class SanglocPlugin(AirflowPlugin):
    """Registers what Airflow has to know of Sàng Lọc."""

    name = "sangloc"
    timetables = [ReportTimetable]
    deadline_references = [ReportDeadline]
    listeners = [listener]
