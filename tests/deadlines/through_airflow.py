"""Run by `test_report_timetable.py` in an Airflow of its own, so that plugin and settings are read from nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pendulum
from airflow.models.dagrun import DagRun
from airflow.sdk import DAG, AsyncCallback, DeadlineAlert
from airflow.serialization.decoders import decode_deadline_reference
from airflow.serialization.encoders import encode_deadline_reference
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DagRunInfo, DataInterval
from airflow.utils.types import DagRunType
from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from sangloc.deadlines.airflow import ReportDeadline, ReportTimetable, deadline_missed, first_start

SLUG, OBLIGATION = "hai_phong", "quarterly_ubnd"


def interval(first: str, last: str) -> DataInterval:
    return DataInterval(pendulum.parse(first, tz="Asia/Ho_Chi_Minh"), pendulum.parse(last, tz="Asia/Ho_Chi_Minh"))


def serialiser() -> None:
    with DAG(
        "hai_phong__report_quarterly_ubnd",
        schedule=ReportTimetable(SLUG, OBLIGATION),
        start_date=first_start(SLUG, OBLIGATION),
        catchup=True,
        deadline=DeadlineAlert(
            reference=ReportDeadline(SLUG, OBLIGATION),
            interval=timedelta(0),
            callback=AsyncCallback(deadline_missed, kwargs={"slug": SLUG, "obligation": OBLIGATION}),
        ),
    ) as dag:
        pass
    read = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert type(read.timetable) is ReportTimetable, type(read.timetable)
    assert (read.timetable.slug, read.timetable.obligation) == (SLUG, OBLIGATION)
    # Joined on 15 August: the third quarter is the first one owed.
    info = read.next_dagrun_info(last_automated_run_info=None)
    assert info == DagRunInfo(pendulum.datetime(2026, 10, 1, 1, tz="Asia/Ho_Chi_Minh"), interval("2026-07-01", "2026-10-01")), (
        info
    )
    following = read.next_dagrun_info(last_automated_run_info=info)
    assert following.data_interval == interval("2026-10-01", "2027-01-01"), following


def deadlines() -> None:
    reference = decode_deadline_reference(encode_deadline_reference(ReportDeadline(SLUG, OBLIGATION)))
    engine = create_engine("sqlite://")
    DagRun.__table__.create(engine)
    third, second = interval("2026-07-01", "2026-10-01"), interval("2026-04-01", "2026-07-01")
    due = datetime(2026, 10, 4, 16, 59, 59, 999999, tzinfo=UTC)
    cases = [
        ("scheduled", DagRunType.SCHEDULED, third, datetime(2026, 9, 30, 18, tzinfo=UTC), due),
        ("scheduled late", DagRunType.SCHEDULED, third, datetime(2026, 10, 20, tzinfo=UTC), due),
        ("by hand in time", DagRunType.MANUAL, third, datetime(2026, 10, 2, tzinfo=UTC), due),
        ("by hand without interval", DagRunType.MANUAL, None, datetime(2026, 10, 2, tzinfo=UTC), due),
        ("by hand, past", DagRunType.MANUAL, third, datetime(2026, 10, 20, tzinfo=UTC), None),
        ("before joining", DagRunType.SCHEDULED, second, datetime(2026, 7, 1, tzinfo=UTC), None),
    ]
    with Session(engine) as session:
        for number, (run_id, run_type, data_interval, run_after, _) in enumerate(cases, start=1):
            session.execute(
                insert(DagRun.__table__).values(
                    id=number,
                    dag_id="report",
                    run_id=run_id,
                    run_type=run_type,
                    run_after=run_after,
                    data_interval_start=data_interval and data_interval.start,
                    data_interval_end=data_interval and data_interval.end,
                    log_template_id=None,
                    clear_number=0,
                )
            )
        for run_id, _, _, _, expected in cases:
            found = reference.evaluate_with(session=session, interval=timedelta(0), dag_id="report", run_id=run_id)
            assert found == expected, (run_id, found, expected)
        gone = reference.evaluate_with(session=session, interval=timedelta(0), dag_id="report", run_id="gone")
        assert gone is None


serialiser()
deadlines()
print("through")  # noqa: T201
