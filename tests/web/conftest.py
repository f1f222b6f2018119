"""Pages as a browser asks for them, behind an auth manager that knows five users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sangloc import provinces
from sangloc.reporting.submissions import dag_of
from sangloc.web import LazyApp
from sangloc.web.access import resource, role


@dataclass
class User:
    """As FAB's: a name, and roles with permissions."""

    name: str
    roles: list[Any] = field(default_factory=list)

    def get_name(self) -> str:
        return self.name


def holding(name: str, *actions: str, slug: str = "lang_son") -> Any:
    """A role with these rights on a province's cases."""
    of = SimpleNamespace(name=resource(slug))
    return SimpleNamespace(
        name=name, permissions=[SimpleNamespace(action=SimpleNamespace(name=one), resource=of) for one in actions]
    )


BOTH = ("can_read", "can_edit")
USERS = {
    "linker": User("linker", [holding("Viewer"), holding(role("lang_son"), *BOTH)]),
    "neighbour": User("neighbour", [holding("Viewer"), holding(role("hai_phong"), *BOTH, slug="hai_phong")]),
    "reader": User("reader", [holding("Xem", "can_read"), holding(role("hai_phong"), *BOTH, slug="hai_phong")]),
    "officer": User("officer", [holding("Viewer")]),
    "engineer": User("engineer", [holding("Admin", *BOTH), holding(role("hai_phong"), *BOTH, slug="hai_phong")]),
}


# Who may see the DAGs of a province.
READS = {"lang_son": ("linker", "officer", "engineer"), "hai_phong": ("linker", "neighbour", "engineer")}


def _dags(slug: str) -> set[str]:
    return {dag_of(slug, duty) for duty in provinces.load(slug).obligations}


class Manager:
    """The part of FAB's auth manager that the pages ask."""

    async def get_user_from_token(self, token: str) -> User:
        from jwt import InvalidTokenError

        if token not in USERS:
            raise InvalidTokenError
        return USERS[token]

    def get_authorized_dag_ids(self, *, user: User, method: str) -> set[str]:
        assert method == "GET"
        return {dag for slug, of in READS.items() for dag in _dags(slug) if user.name in of}

    def is_authorized_custom_view(self, *, method: str, resource_name: str, user: User) -> bool:
        wanted = ({"GET": "can_read", "PUT": "can_edit"}[method], resource_name)
        return any(wanted == (one.action.name, one.resource.name) for each in user.roles for one in each.permissions)


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Gives a client of an application that is mounted at a prefix."""
    from airflow.api_fastapi import app as airflow_app
    from airflow.api_fastapi.core_api import security
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    manager = Manager()
    monkeypatch.setattr(airflow_app, "get_auth_manager", lambda: manager)
    monkeypatch.setattr(security, "get_auth_manager", lambda: manager)
    monkeypatch.setenv("AIRFLOW__API__SECRET_KEY", "a secret of the tests")

    def mount(prefix: str, module: str) -> Any:
        whole = FastAPI()
        whole.mount(prefix, LazyApp(module, "make_app"))
        return TestClient(whole, raise_server_exceptions=False)

    return mount
