"""Bringing the schema up to date. Alembic keeps the version; each step runs one file of `include/sql/migrations`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from sangloc import settings
from sangloc.errors import ConfigurationError

if TYPE_CHECKING:
    from alembic.config import Config


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    return config


def migrate(owner_url: str) -> str:
    """Bring the warehouse at `owner_url` to the newest schema; a no-op when it is there already.

    Args:
        owner_url: `postgresql+psycopg://…` of the role that owns the schema (`sangloc_owner`).

    Returns:
        The revision the schema has afterwards.

    Raises:
        ConfigurationError: when the server cannot be reached or refuses the login.
    """
    from alembic import command

    config = _config()
    engine = create_engine(owner_url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError:
        raise ConfigurationError(
            "the warehouse cannot be migrated: the server does not answer or refuses the owner's login"
        ) from None
    finally:
        engine.dispose()
    return head_revision()


def head_revision() -> str:
    """The newest revision this code knows."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def run_file(name: str) -> None:
    """Run `include/sql/migrations/<name>` in the migration's transaction; called by the revisions."""
    from alembic import op

    script = (settings.include() / "sql" / "migrations" / name).read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script)
