"""Alembic's entrance. The connection comes from `Database.migrate`, on either engine."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import db.models  # noqa: F401  (registers the tables)
from db.base import Base, BigId, Json, UtcDateTime


def render(kind: str, thing: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as what they are underneath, so that a revision stands alone."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, Json):
        return "sa.Text()"
    if kind == "type" and thing is BigId:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
