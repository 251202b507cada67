"""From any earlier library to the present one, a step a version.

A new version is a new module with its `apply` at the end of `_STEPS`, and the SQL text of a library
of the version before it in `tests/agent/libraries/`. A step that people's libraries have taken is
never changed again; a new library takes them all.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from agent.migrations import step1, step2, step3

_STEPS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    step1.apply,
    step2.apply,
    step3.apply,
)
SCHEMA_VERSION: Final = len(_STEPS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a library's schema, 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Take all the steps that are missing.

    The caller has a write transaction open, so that all of them are kept or none, and foreign keys
    are not enforced in it, so that a step may make a table anew.
    """
    for step in _STEPS[version_of(connection) :]:
        step(connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
