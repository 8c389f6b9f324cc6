"""indexes of offers and of the outbox hold only what is asked for by them"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEFORE: dict[str, tuple[str, list[str], str | None]] = {
    "ix_offers_enterprise_state": ("offers", ["enterprise_id", "state"], None),
    "ix_offers_need_id": ("offers", ["need_id"], None),
    "ix_offers_pushed_at": ("offers", ["pushed_at"], None),
    "ix_weekly_packs_round": ("weekly_packs", ["round"], None),
    "ix_outbox_read": ("outbox", ["chat_id", "message_id"], None),
    "ix_outbox_about": ("outbox", ["about"], None),
}
AFTER: dict[str, tuple[str, list[str], str | None]] = {
    "ix_offers_open": ("offers", ["enterprise_id"], "state IN ('waiting', 'held')"),
    "ix_offers_refused": ("offers", ["enterprise_id"], "reason IS NOT NULL"),
    "ix_offers_pushed": ("offers", ["enterprise_id", "pushed_at"], "pushed_at IS NOT NULL"),
    "ix_offers_need_id": ("offers", ["need_id"], "need_id IS NOT NULL"),
    "ix_weekly_packs_round": ("weekly_packs", ["round", "enterprise_id"], None),
    "ix_outbox_read": ("outbox", ["chat_id", "message_id"], "message_id IS NOT NULL"),
    "ix_outbox_about": ("outbox", ["about"], "about IS NOT NULL"),
}


def upgrade() -> None:
    _replace(BEFORE, AFTER)


def downgrade() -> None:
    _replace(AFTER, BEFORE)


def _replace(old: dict[str, Any], new: dict[str, Any]) -> None:
    for name, (table, _, _) in old.items():
        op.drop_index(name, table_name=table)
    for name, (table, columns, which) in new.items():
        where = None if which is None else sa.text(which)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
