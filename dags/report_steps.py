"""The steps every report takes, from opening its period to the delivered mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, task
from airflow.sdk.exceptions import AirflowSkipException

from sangloc import provinces
from sangloc.errors import SanglocError
from sangloc.guard import guarded

APPROVE, SEND_BACK = "Phê duyệt", "Trả lại"


@task(task_display_name="Mở kỳ báo cáo")
@guarded
def open_period(
    slug: str,
    obligation: str,
    run_id: str | None = None,
    params: dict[str, Any] | None = None,
    data_interval_start: Any = None,
    dag_run: Any = None,
) -> int:
    from sangloc import deadlines, reporting

    given = dict(params or {})
    period, correction = given.pop("period", None), given.pop("correction", None)
    if data_interval_start and not period:
        # A scheduled run is about its own interval, however late it runs.
        rule = provinces.load(slug).obligation(obligation)
        period = deadlines.period_for_run(rule, data_interval_start, data_interval_start).key
    by = getattr(dag_run, "triggering_user_name", None)
    return reporting.open_submission(slug, obligation, run_id or "", period, given or None, correction, by)


@task(task_display_name="Chốt số liệu")
@guarded
def take_snapshot(submission: int) -> dict[str, Any]:
    from sangloc import reporting

    return reporting.take_snapshot(submission)


@task(task_display_name="Soạn báo cáo")
@guarded
def render(submission: int) -> dict[str, Any]:
    from sangloc import reporting

    return reporting.render(submission)


@task(task_display_name="Trình báo cáo")
@guarded
def ask(submission: int) -> dict[str, Any]:
    from sangloc import reporting

    asked = reporting.request_review(submission)
    if "skipped" in asked:
        raise AirflowSkipException(f"Nothing to decide: this report is {asked['skipped']}")
    return asked | reporting.review_text(submission)


# Beside the question: an officer who looks under Required Actions can answer while the mail server is down.
@task(task_display_name="Gửi thư trình")
@guarded
def mail_officer(submission: int) -> dict[str, Any]:
    from sangloc import reporting

    return reporting.deliver(submission, "review")


class Question(HITLOperator):
    """Asks for a decision on a report, and again when an answer cannot be taken; who answered is told why by mail."""

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer, or open the question again.

        An answer that cannot be looked at now is kept: `record_decision` checks it too, and tries again.
        """
        from sangloc import reporting

        answer = super().execute_complete(context, event)
        asked = context["ti"].xcom_pull(task_ids="ask")
        try:
            refused = reporting.refuse_answer(asked["submission"], *_decided(answer), asked["version"], event["responded_at"])
        except SanglocError:
            refused = False
        if refused:
            self.log.info("The answer cannot be taken: the question stands again")
            self.execute(context)
        return answer


def _decided(answer: Any) -> tuple[Literal["approve", "send_back"], str, str | None]:
    """Decision, user name and note of an answer."""
    by = (answer.get("responded_by_user") or {}).get("name") or "unknown"
    note = (answer.get("params_input") or {}).get("note")
    return "approve" if answer["chosen_options"] == [APPROVE] else "send_back", by, note


@task(task_display_name="Ghi nhận quyết định")
@guarded
def record_decision(submission: int, asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    from sangloc import reporting

    decision, by, note = _decided(answer)
    decided = reporting.record_decision(submission, decision, by, note, asked["version"])
    if decision == "send_back":
        reporting.tell_engineer(submission)
    return decided


# Runs also when nothing was asked: a report approved in an earlier run that could not be sent is sent now. What may be sent
# is decided by the submission's state, not by this graph.
@task(task_display_name="Gửi báo cáo", trigger_rule="none_failed")
@guarded
def send(submission: int) -> dict[str, Any]:
    from sangloc import reporting

    queued = reporting.enqueue_delivery(submission)
    if "skipped" in queued:
        raise AirflowSkipException(f"Nothing to send: this report is {queued['skipped']}")
    return reporting.deliver(submission, "delivery")


def report_steps(slug: str, obligation: str) -> None:
    """Wire the steps inside the current DAG: open, snapshot, documents, approval by an officer, delivery."""
    approval = provinces.load(slug).approval
    submission = open_period(slug, obligation)
    review = ask(submission)
    answer = Question(
        task_id="approval",
        task_display_name="Phê duyệt của lãnh đạo",
        subject="{{ ti.xcom_pull(task_ids='ask')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='ask')['summary'] }}",
        options=[APPROVE, SEND_BACK],
        # A text that must not be empty would keep the officer from approving without one.
        params={"note": Param(None, type=["null", "string"], maxLength=500, title="Ý kiến")},
        response_timeout=timedelta(days=approval.timeout_days),
        execution_timeout=None,
    )
    decision = record_decision(submission, review, answer.output)
    take_snapshot(submission) >> render(submission) >> review >> [mail_officer(submission), answer]
    decision >> send(submission)
