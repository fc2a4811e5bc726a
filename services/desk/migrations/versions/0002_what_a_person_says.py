"""A person's word on the kind as well, told as an event; where in the text the telling words stand.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "desk"


def upgrade() -> None:
    op.add_column("report", sa.Column("highlights", JSONB, nullable=False, server_default="[]"), schema=SCHEMA)
    op.alter_column("report", "highlights", server_default=None, schema=SCHEMA)
    op.add_column("report", sa.Column("second_subject", sa.Text), schema=SCHEMA)
    op.add_column("case_file", sa.Column("kind", sa.Text), schema=SCHEMA)
    op.add_column("correction", sa.Column("event_id", sa.Uuid), schema=SCHEMA)
    for name in ("old_kind", "new_kind"):
        op.add_column("correction", sa.Column(name, sa.Text), schema=SCHEMA)
    _fill()
    op.alter_column("case_file", "kind", nullable=False, schema=SCHEMA)
    for name in ("event_id", "old_kind", "new_kind"):
        op.alter_column("correction", name, nullable=False, schema=SCHEMA)
    op.create_unique_constraint("correction_event_id_key", "correction", ["event_id"], schema=SCHEMA)


def _fill() -> None:
    """Until now nobody could change a kind: it is what the router heard."""
    op.execute("SELECT set_config('langnghe.unit', '*', true)")
    op.execute(f"UPDATE {SCHEMA}.case_file SET kind = placed_kind")
    op.execute(f"ALTER TABLE {SCHEMA}.correction DISABLE TRIGGER append_only")
    op.execute(
        f"UPDATE {SCHEMA}.correction k SET event_id = gen_random_uuid(), old_kind = c.kind, new_kind = c.kind "
        f"FROM {SCHEMA}.case_file c WHERE c.feedback_id = k.feedback_id"
    )
    op.execute(f"ALTER TABLE {SCHEMA}.correction ENABLE TRIGGER append_only")


def downgrade() -> None:
    for name in ("event_id", "old_kind", "new_kind"):
        op.drop_column("correction", name, schema=SCHEMA)
    op.drop_column("case_file", "kind", schema=SCHEMA)
    for name in ("second_subject", "highlights"):
        op.drop_column("report", name, schema=SCHEMA)
