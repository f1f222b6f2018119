"""Who may see reports, and see and decide cases, province by province: asked of Airflow's auth manager for every request."""

from __future__ import annotations

from typing import Any, Literal

from sangloc import provinces

# Airflow gives this role every permission there is; that somebody runs the machines makes nobody's records his.
ALL_POWERFUL = "Admin"


def resource(slug: str) -> str:
    """A province's cases in Airflow's security, written as Airflow writes the resource of one DAG.

    Args:
        slug: the province's folder name.
    """
    return f"Health Book Review:{slug}"


def role(slug: str) -> str:
    """The role that may see and decide the cases of a province; whoever serves several provinces has several.

    Args:
        slug: the province's folder name.
    """
    return f"Cán bộ liên kết sổ · {provinces.load(slug).short_name}"


def allowed(user: Any, action: Literal["GET", "PUT"]) -> frozenset[str]:
    """The provinces whose cases and books a user may see (GET) or decide (PUT), by their folder names.

    The permission has to come from another role than Admin.

    Args:
        user: of Airflow's auth manager.
        action: in the words of the auth manager.
    """
    from airflow.api_fastapi.app import get_auth_manager

    manager = get_auth_manager()
    permitted = frozenset(
        slug
        for slug in provinces.slugs()
        if manager.is_authorized_custom_view(method=action, resource_name=resource(slug), user=user)
    )
    roles = getattr(user, "roles", None)
    if roles is None:
        return permitted
    wanted = "can_read" if action == "GET" else "can_edit"
    own = {
        permission.resource.name
        for role in roles
        if role.name != ALL_POWERFUL
        for permission in role.permissions
        if permission.action.name == wanted
    }
    return frozenset(slug for slug in permitted if resource(slug) in own)


def readable_reports(user: Any) -> dict[str, frozenset[str]]:
    """The obligations whose reports a user may see, by province: those whose DAG they may see in Airflow.

    Args:
        user: of Airflow's auth manager.
    """
    from airflow.api_fastapi.app import get_auth_manager

    from sangloc.reporting import dag_of

    dags = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    found = {
        slug: frozenset(duty.id for duty in provinces.load(slug).obligations if dag_of(slug, duty) in dags)
        for slug in provinces.slugs()
    }
    return {slug: duties for slug, duties in found.items() if duties}
