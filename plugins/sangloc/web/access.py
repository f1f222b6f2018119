"""Who may see and decide cases: asked of Airflow's auth manager for every request."""

from __future__ import annotations

from typing import Any, Literal

# The resource in Airflow's security, and the role that is made with it.
RESOURCE = "Health Book Review"
ROLE = "Cán bộ liên kết sổ"
# Airflow gives this role every permission there is; that somebody runs the machines makes nobody's records his.
ALL_POWERFUL = "Admin"


def allowed(user: Any, action: Literal["GET", "PUT"]) -> bool:
    """Whether a user may see cases (GET) or decide them (PUT).

    The permission has to come from another role than Admin.

    Args:
        user: of Airflow's auth manager.
        action: in the words of the auth manager.
    """
    from airflow.api_fastapi.app import get_auth_manager

    if not get_auth_manager().is_authorized_custom_view(method=action, resource_name=RESOURCE, user=user):
        return False
    roles = getattr(user, "roles", None)
    if roles is None:
        return True
    wanted = "can_read" if action == "GET" else "can_edit"
    return any(
        (permission.action.name, permission.resource.name) == (wanted, RESOURCE)
        for role in roles
        if role.name != ALL_POWERFUL
        for permission in role.permissions
    )
