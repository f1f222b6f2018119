"""The demo's users and what each may do in Airflow."""

from __future__ import annotations

from sangloc.web.access import RESOURCE, ROLE

# What a user is called in Airflow (first and last name, as Vietnamese is written) and may do there.
USERS = {
    "engineer": ("Kỹ sư", "dữ liệu", ["Admin"]),
    "officer": ("Cán bộ", "Sở Y tế", ["Viewer", "Officer"]),
    "auditor": ("Kiểm toán", "viên", ["Viewer", "Auditor"]),
    "linker": ("Cán bộ", "liên kết sổ", ["Viewer", ROLE]),
}
# On top of Viewer. An officer may answer what waits for a person, in those DAGs that give role Officer `can_edit` by
# their `access_control`; an auditor may read Airflow's own log of actions; whoever links books may see exams beside people.
EXTRA_ROLES = [
    {"role": "Officer", "perms": [("can_edit", "HITL Detail"), ("menu_access", "HITL Detail")]},
    {
        "role": "Auditor",
        "perms": [("can_read", "Audit Logs"), ("menu_access", "Audit Logs"), ("can_read", "Task Reschedules")],
    },
    # Without the plugins Airflow shows no entry of theirs in its menu.
    {"role": ROLE, "perms": [("can_read", RESOURCE), ("can_edit", RESOURCE), ("can_read", "Plugins")]},
]
