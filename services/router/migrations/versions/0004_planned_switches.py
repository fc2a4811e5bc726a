"""Switches that are planned for a day, and switches to none: back to generalised boundaries.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "router"


def upgrade() -> None:
    op.alter_column("reference_switch", "version", nullable=True, schema=SCHEMA)
    op.create_table(
        "planned_switch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text()),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Text()),
        sa.Column("outcome", sa.Text()),
        schema=SCHEMA,
    )
    # One change of a kind is waited for at a time: what comes after it is planned when it has come.
    op.create_index(
        "planned_switch_one_open",
        "planned_switch",
        ["kind"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("planned_switch", schema=SCHEMA)
    # The column was NOT NULL; what switched to none stays on record, and the record can only grow.
    op.execute("ALTER TABLE router.reference_switch DISABLE TRIGGER append_only")
    op.execute("UPDATE router.reference_switch SET version = '' WHERE version IS NULL")
    op.execute("ALTER TABLE router.reference_switch ENABLE TRIGGER append_only")
    op.alter_column("reference_switch", "version", nullable=False, schema=SCHEMA)
