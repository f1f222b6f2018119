"""Airflow's own database: its tables, the roles and the users. Run as `python -m sangloc.stack.metadata`.

A process of its own because importing Airflow and its FAB security manager takes seconds; it does in one process
what `airflow db migrate` and one `airflow users create` per user would do in four. Reads the users as JSON from
standard input: `[{"username": …, "password": …}]`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from sangloc.stack.users import USERS, extra_roles, roles_of


def prepare(users: list[dict[str, str]]) -> None:
    """Bring the database to the newest schema and make roles and users right; a no-op for what is right already.

    Args:
        users: user names (keys of `USERS`) and their passwords; an existing user gets the password given.
    """
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.utils import db

    db.upgradedb()
    with get_application_builder() as builder:
        manager: Any = builder.sm
        manager.sync_roles()
        manager.bulk_sync_roles(extra_roles())
        for wanted in users:
            name, password = wanted["username"], wanted["password"]
            roles = [manager.find_role(role) for role in roles_of(name)]
            known = manager.find_user(username=name)
            if known:
                manager.reset_password(known.id, password)
                # A province or a role may have come since.
                known.roles = [*known.roles, *(role for role in roles if role not in known.roles)]
                manager.update_user(known)
            elif not manager.add_user(name, *USERS[name], f"{name}@sangloc.invalid", roles, password):
                raise SystemExit(f"user {name} could not be created")


if __name__ == "__main__":
    prepare(json.load(sys.stdin))
