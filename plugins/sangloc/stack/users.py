"""The demo's users, and the roles of the project in Airflow."""

from __future__ import annotations

from typing import Any

from sangloc import provinces
from sangloc.web.access import resource, role

# What a user is called in Airflow: first and last name, as Vietnamese is written.
USERS = {
    "engineer": ("Kỹ sư", "dữ liệu"),
    "officer": ("Cán bộ", "Sở Y tế"),
    "deputy": ("Phó trưởng phòng", "Sở Y tế"),
    "auditor": ("Kiểm toán", "viên"),
    "linker": ("Cán bộ", "liên kết sổ"),
}

# Without it Airflow shows no entry of a plugin in its menu.
PAGES = ("can_read", "Plugins")


def roles_of(user: str) -> list[str]:
    """The roles of a demo user.

    Args:
        user: a key of `USERS`.
    """
    return {
        "engineer": ["Admin"],
        "officer": ["Viewer", "Officer"],
        "deputy": ["Viewer", "Officer"],
        "auditor": ["Viewer", "Auditor"],
        "linker": ["Viewer", *map(role, provinces.slugs())],
    }[user]


def extra_roles() -> list[dict[str, Any]]:
    """The project's own roles, each on top of Viewer, as the security manager takes them.

    An officer may answer what waits for a person, in those DAGs that give role Officer `can_edit` by their
    `access_control`; an auditor may read Airflow's own log of actions; whoever links books of a province may see its
    exams beside people.
    """
    return [
        {"role": "Officer", "perms": [("can_edit", "HITL Detail"), ("menu_access", "HITL Detail"), PAGES]},
        {
            "role": "Auditor",
            "perms": [("can_read", "Audit Logs"), ("menu_access", "Audit Logs"), ("can_read", "Task Reschedules"), PAGES],
        },
        *(
            {"role": role(slug), "perms": [("can_read", resource(slug)), ("can_edit", resource(slug)), PAGES]}
            for slug in provinces.slugs()
        ),
    ]
