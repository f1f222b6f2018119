"""DAGs of the shared stack that only its own tests run; they stand beside the project's."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task

with DAG("trial__mapped", schedule=None, params={"fail": Param(False, type="boolean")}):

    @task(retries=0)
    def work(number, params=None):
        if params["fail"] and number == 2:
            raise ValueError("asked to fail")

    work.expand(number=[1, 2, 3])

with DAG("trial__asks", schedule=None, access_control={"Officer": {"DAGs": {"can_read", "can_edit"}}}):
    ApprovalOperator(task_id="approval", subject="Duyệt thử", response_timeout=timedelta(hours=1))
