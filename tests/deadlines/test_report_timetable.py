"""The timetable and the deadline reference against Airflow's own code."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pendulum
import pytest
from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction

from sangloc import deadlines, provinces, settings
from sangloc.deadlines.airflow import ReportDeadline, ReportTimetable, deadline_missed, first_start

QUARTERLY = ReportTimetable("hai_phong", "quarterly_ubnd")
ALWAYS = TimeRestriction(earliest=None, latest=None, catchup=True)


@pytest.fixture(autouse=True)
def joined_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-05-06")
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")


def quarter(info: DagRunInfo | None) -> tuple[str, str, str] | None:
    if info is None or info.data_interval is None:
        return None
    times = (info.run_after, info.data_interval.start, info.data_interval.end)
    texts = [moment.in_timezone("Asia/Ho_Chi_Minh").format("YYYY-MM-DD HH:mm") for moment in times]
    return texts[0], texts[1], texts[2]


def test_runs_start_in_the_hour_after_the_cut_off() -> None:
    first = QUARTERLY.next_dagrun_info(last_automated_data_interval=None, restriction=ALWAYS)
    assert quarter(first) == ("2026-07-01 01:00", "2026-04-01 00:00", "2026-07-01 00:00")
    assert first is not None
    second = QUARTERLY.next_dagrun_info(last_automated_data_interval=first.data_interval, restriction=ALWAYS)
    assert quarter(second) == ("2026-10-01 01:00", "2026-07-01 00:00", "2026-10-01 00:00")


def test_the_last_interval_may_come_back_in_utc() -> None:
    # Airflow's database gives every moment in UTC: midnight in Vietnam is 17:00 the day before.
    last = DataInterval(pendulum.datetime(2026, 6, 30, 17), pendulum.datetime(2026, 9, 30, 17))
    info = QUARTERLY.next_dagrun_info(last_automated_data_interval=last, restriction=ALWAYS)
    assert quarter(info) == ("2027-01-01 01:00", "2026-10-01 00:00", "2027-01-01 00:00")


def test_without_catch_up_only_the_latest_ended_period_is_started() -> None:
    restriction = TimeRestriction(earliest=None, latest=None, catchup=False)
    info = QUARTERLY.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert quarter(info) == ("2026-10-01 01:00", "2026-07-01 00:00", "2026-10-01 00:00")
    assert info is not None
    # The run before it is done: nothing old is left, the next one waits for the end of the quarter.
    info = QUARTERLY.next_dagrun_info(last_automated_data_interval=info.data_interval, restriction=restriction)
    assert quarter(info) == ("2027-01-01 01:00", "2026-10-01 00:00", "2027-01-01 00:00")


@pytest.mark.parametrize(
    ("joined", "first"),
    [
        ("2026-09-30", "2026-10-01 01:00"),  # joined on the last day of the quarter: still owed
        ("2026-10-04", "2026-10-01 01:00"),  # joined on the day it is due: the report is still to be made
        ("2026-10-05", "2027-01-01 01:00"),
        ("2026-11-15", "2027-01-01 01:00"),  # joined within a quarter: that one is owed
    ],
)
def test_periods_due_before_the_province_joined_are_left_out(joined: str, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_JOINED_ON", joined)
    info = QUARTERLY.next_dagrun_info(last_automated_data_interval=None, restriction=ALWAYS)
    assert (quarter(info) or ("",))[0] == first


def test_earliest_and_latest_bound_the_start_of_runs_inclusively() -> None:
    start = pendulum.datetime(2026, 10, 1, 1, tz="Asia/Ho_Chi_Minh")
    exact = TimeRestriction(earliest=start, latest=start, catchup=True)
    info = QUARTERLY.next_dagrun_info(last_automated_data_interval=None, restriction=exact)
    assert (quarter(info) or ("",))[0] == "2026-10-01 01:00"
    too_late = TimeRestriction(earliest=start.add(seconds=1), latest=start.add(days=30), catchup=True)
    assert QUARTERLY.next_dagrun_info(last_automated_data_interval=None, restriction=too_late) is None


def test_a_one_off_runs_once() -> None:
    plan = ReportTimetable("hai_phong", "plan_2026")
    info = plan.next_dagrun_info(last_automated_data_interval=None, restriction=ALWAYS)
    assert quarter(info) == ("2026-05-12 01:00", "2026-05-06 00:00", "2026-05-12 00:00")
    assert info is not None
    assert plan.next_dagrun_info(last_automated_data_interval=info.data_interval, restriction=ALWAYS) is None


def test_a_one_off_that_ended_before_joining_never_runs_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-11-01")
    plan = ReportTimetable("hai_phong", "plan_2026")
    assert plan.next_dagrun_info(last_automated_data_interval=None, restriction=ALWAYS) is None
    manual = plan.infer_manual_data_interval(run_after=pendulum.datetime(2026, 11, 21, 1))
    assert manual.start == pendulum.datetime(2026, 5, 6, tz="Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("run_after", "starts"),
    [
        (pendulum.datetime(2026, 9, 30, 16, 59), "2026-04-01"),  # 23:59 in Vietnam: the third quarter has not ended
        (pendulum.datetime(2026, 9, 30, 17, 0), "2026-07-01"),  # midnight: it has
        (pendulum.datetime(2026, 11, 21, 1), "2026-07-01"),
        (pendulum.datetime(2026, 6, 1), "2026-04-01"),  # none has ended yet: the first
    ],
)
def test_a_manual_run_is_about_the_latest_ended_period(run_after: pendulum.DateTime, starts: str) -> None:
    interval = QUARTERLY.infer_manual_data_interval(run_after=run_after)
    assert interval.start.in_timezone("Asia/Ho_Chi_Minh").to_date_string() == starts


def test_texts_for_the_list_of_dags() -> None:
    assert QUARTERLY.summary == "Hằng quý, trước ngày 05 tháng kế tiếp"
    assert ReportTimetable("hai_phong", "school_guidance_2026").summary == "Một lần, chậm nhất ngày 30/06/2026"
    assert ReportTimetable("thai_nguyen", "annual_progress").summary == "Hằng năm, trước ngày 25 cùng tháng"
    assert "Nơi nhận: Ủy ban nhân dân thành phố Hải Phòng." in QUARTERLY.description


@pytest.mark.parametrize(
    ("slug", "obligation", "message"),
    [
        ("hai_phong", "nothing", "expected one with the id"),
        ("nowhere", "x", "missing"),
        ("lang_son", "incident", "ad-hoc"),
    ],
)
def test_a_wrong_timetable_is_refused_when_the_dag_is_loaded(slug: str, obligation: str, message: str) -> None:
    with pytest.raises(AirflowTimetableInvalid, match=message):
        ReportTimetable(slug, obligation).validate()


def test_first_start_lets_airflow_create_the_tasks_of_the_first_run() -> None:
    info = QUARTERLY.next_dagrun_info(last_automated_data_interval=None, restriction=ALWAYS)
    assert info is not None and info.data_interval is not None
    assert first_start("hai_phong", "quarterly_ubnd") <= info.data_interval.start
    assert first_start("lang_son", "incident") == datetime(2026, 5, 31, 17, tzinfo=UTC)


def test_a_missed_deadline_leaves_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        asyncio.run(deadline_missed("lang_son", "annual_dang_uy", context={"dag_run": {"conf": {"text": "Nguyễn Văn A"}}}))
    assert [record.getMessage() for record in caplog.records] == [
        "Deadline passed, report unfinished: province lang_son, obligation annual_dang_uy (annual)"
    ]


def test_references_are_equal_by_what_they_refer_to() -> None:
    first, same = ReportDeadline("lang_son", "monthly_byt"), ReportDeadline("lang_son", "monthly_byt")
    assert first == same and hash(first) == hash(same)
    assert first != ReportDeadline("hai_phong", "monthly_byt")
    assert ReportDeadline.deserialize_reference(first.serialize_reference()) == first


def test_through_airflows_plugin_manager_serialiser_and_database(tmp_path: Path) -> None:
    """A fresh Airflow with our plugin: a DAG goes through its serialiser, its runs get their deadlines."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "reports_plugin.py").write_text(
        "from airflow.plugins_manager import AirflowPlugin\n"
        "from sangloc.deadlines.airflow import ReportDeadline, ReportTimetable\n"
        "class Reports(AirflowPlugin):\n"
        "    name = 'reports'\n"
        "    timetables = [ReportTimetable]\n"
        "    deadline_references = [ReportDeadline]\n"
    )
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(settings.root() / "plugins"),
        "SANGLOC_JOINED_ON": "2026-08-15",
    }
    script = Path(__file__).with_name("through_airflow.py")
    result = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-3000:]
    assert result.stdout.splitlines()[-1] == "through"


@pytest.mark.parametrize("joined", ["2026-05-06", "2026-11-16", "2028-02-29"])
@pytest.mark.parametrize("slug", ["hai_phong", "lang_son", "thai_nguyen"])
def test_after_downtime_every_missed_period_gets_its_run_once_and_none_is_skipped(
    slug: str, joined: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler that comes back asks for run after run until one lies ahead; so it goes over years, and over two weeks."""
    monkeypatch.setenv("SANGLOC_JOINED_ON", joined)
    monkeypatch.setenv("SANGLOC_NOW", "2031-06-01T08:00:00+07:00")
    for rule in provinces.load(slug).obligations:
        if rule.cadence == "ad_hoc":
            continue
        timetable, found, last = ReportTimetable(slug, rule.id), list[tuple[str, str]](), None
        while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=ALWAYS):
            last = info.data_interval
            assert last is not None
            if info.run_after > pendulum.datetime(2031, 6, 1, 1):
                break
            local = [moment.in_timezone("Asia/Ho_Chi_Minh") for moment in (last.start, last.end)]
            found.append((local[0].to_date_string(), local[1].subtract(days=1).to_date_string()))
        owed = [
            (str(period.starts), str(period.ends))
            for period in deadlines.periods(rule, date(2026, 1, 1), date(2031, 5, 31))
            if deadlines.due(rule, period).legal_on >= date.fromisoformat(joined)
        ]
        assert found == owed
