"""The embedded stack of a demo, a test or a small province: PostgreSQL, Airflow and a mail catcher on one machine."""

from sangloc.stack.environment import database_url, environment, outside, ui_url
from sangloc.stack.supervisor import Component, Step, down, silent, status, up

__all__ = [
    "Component",
    "Step",
    "database_url",
    "down",
    "environment",
    "outside",
    "silent",
    "status",
    "ui_url",
    "up",
]
