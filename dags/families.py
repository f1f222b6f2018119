"""What all DAG families share: ids, tags, assets, retries, time limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.sdk import DAG, Asset, AsyncCallback, DeadlineAlert, XComArg, get_parsing_context, task
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule

from sangloc import provinces
from sangloc.deadlines.airflow import ReportDeadline, deadline_missed
from sangloc.errors import ConfigurationError, DeliveryUncertainError, QualityGateError, RefusedInputError
from sangloc.provinces import Profile

COMMUNE_CELL = "{{ task.op_kwargs['commune']['name'] }}"


class Family(StrEnum):
    """The closed vocabulary of tags, beside the provinces' slugs."""

    ROSTER = "roster"
    EXAMS = "exams"
    LINKAGE = "linkage"
    PLANNING = "planning"
    QUALITY = "quality"
    REPORTING = "reporting"
    INCIDENT = "incident"
    DEADLINES = "deadlines"
    FORMS = "forms"


RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[ConfigurationError, RefusedInputError, QualityGateError, DeliveryUncertainError],
            action=RetryAction.FAIL,
            reason="Retrying cannot mend this; the message says what to do",
        ),
        RetryRule(
            exception=[HITLTimeoutError],
            action=RetryAction.FAIL,
            # Asked again, it would keep the next period's run waiting for as long once more.
            reason="Nobody answered in time; a new run asks again",
        ),
    ]
)

# What role Officer may do on a DAG, on top of reading: answer its approvals, and start it where a person starts it.
OFFICER_ANSWERS = {"Officer": {"DAGs": {"can_read", "can_edit"}}}
OFFICER_STARTS = {"Officer": {"DAGs": {"can_read", "can_edit"}, "DAG Runs": {"can_create", "can_read"}}}

# The first pause is Airflow's [core] default_task_retry_delay, so that a deployment decides it in one place.
TASKS: dict[str, Any] = {
    "owner": "sangloc",
    "retries": 3,
    "retry_exponential_backoff": 3.0,
    "max_retry_delay": timedelta(minutes=20),
    "retry_policy": RETRIES,
    "execution_timeout": timedelta(minutes=30),
}


def asset(profile: Profile, name: str) -> Asset:
    """The asset `<name>/<province>`, for example `roster/lang_son`."""
    return Asset(name=f"{name}/{profile.slug}", uri=f"sangloc://{name}/{profile.slug}")


def family_dag(profile: Profile, family: Family, dag_id: str, title: str, doc: str | None, **more: Any) -> DAG:
    """An empty DAG of a family for one province, with everything the families have in common."""
    return DAG(
        dag_id=f"{profile.slug}__{dag_id}",
        dag_display_name=f"{title} · {profile.short_name}",
        doc_md=doc,
        tags=[family.value, profile.slug],
        default_args=TASKS,
        max_active_runs=more.pop("max_active_runs", 1),
        catchup=more.pop("catchup", False),
        render_template_as_native_obj=False,
        **more,
    )


def legal_deadline(profile: Profile, obligation: str) -> DeadlineAlert:
    """The obligation's legal due time, shown on each run of its report."""
    names = {"slug": profile.slug, "obligation": obligation}
    return DeadlineAlert(
        reference=ReportDeadline(**names),
        interval=timedelta(0),
        callback=AsyncCallback(deadline_missed, kwargs=names),
    )


def commune_cells(profile: Profile) -> list[dict[str, str]]:
    """One mapped cell for each commune: its code and its name."""
    return [{"code": commune.code, "name": commune.name} for commune in provinces.communes(profile.slug)]


def all_done(task_id: str, display_name: str, trigger_rule: str = "all_success") -> XComArg:
    """A leaf that only runs when no cell failed: without it a red cell would end in a green run."""

    @task(task_id=task_id, task_display_name=display_name, trigger_rule=trigger_rule)
    def done() -> None:
        """Nothing: that it runs says everything."""

    return done()


def for_each_province(build: Callable[[Profile], DAG | list[DAG]]) -> dict[str, DAG]:
    """Run `build` for every province profile; returns the DAGs by id, for the module's globals.

    A task that reads its file before it runs gets its own province alone: each cell would build all of them again.
    """
    made: dict[str, DAG] = {}
    wanted = get_parsing_context().dag_id
    for slug in provinces.slugs():
        if wanted and not wanted.startswith(f"{slug}__"):
            continue
        built = build(provinces.load(slug))
        made.update({dag.dag_id: dag for dag in (built if isinstance(built, list) else [built])})
    return made
