"""Vietnamese working days, reporting periods and due dates. Pure dates; what Airflow needs of them is in `.airflow`."""

from sangloc.deadlines.due import Due, Lateness, before_joining, due, lateness
from sangloc.deadlines.periods import (
    Period,
    ad_hoc_period,
    first_period,
    latest_ended_period,
    next_period,
    period_at,
    period_for_run,
    period_of_key,
    periods,
    previous_period,
)
from sangloc.deadlines.steps import Step, current_step, input_due, steps, working_days_left
from sangloc.deadlines.workdays import (
    add_working_days,
    is_working_day,
    next_working_day,
    previous_working_day,
    working_days,
)

__all__ = [
    "Due",
    "Lateness",
    "Period",
    "Step",
    "ad_hoc_period",
    "add_working_days",
    "before_joining",
    "current_step",
    "due",
    "first_period",
    "input_due",
    "is_working_day",
    "lateness",
    "latest_ended_period",
    "next_period",
    "next_working_day",
    "period_at",
    "period_for_run",
    "period_of_key",
    "periods",
    "previous_period",
    "previous_working_day",
    "steps",
    "working_days",
    "working_days_left",
]
