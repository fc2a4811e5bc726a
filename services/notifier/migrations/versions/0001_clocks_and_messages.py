"""Clocks, what fired, residents and messages.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "notifier"


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "case_state",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text()),
        sa.Column("accept_runs", sa.Boolean(), nullable=False),
        sa.Column("resolve_runs", sa.Boolean(), nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "timer",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("stage", sa.Text(), primary_key=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        moment("starts_at"),
        moment("deadline_at"),
        sa.Column("unit_code", sa.Text()),
        sa.Column("next_level", sa.Integer(), nullable=False),
        moment("next_due"),
        sa.Column("running", sa.Boolean(), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("timer_due", "timer", ["next_due"], schema=SCHEMA, postgresql_where=sa.text("running"))
    op.create_table(
        "fired",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("stage", sa.Text(), primary_key=True),
        sa.Column("level", sa.Integer(), primary_key=True),
        sa.Column("generation", sa.Integer(), primary_key=True),
        sa.Column("recipient", sa.Text(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.Text()),
        moment("due_at"),
        moment("deadline_at"),
        moment("fired_at"),
        schema=SCHEMA,
    )
    op.create_table(
        "resident",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("tracking_code", sa.Text(), nullable=False),
        sa.Column("sealed_contact", sa.Text(), nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "message",
        sa.Column("message_id", sa.Uuid(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        moment("due_at"),
        moment("changed_at"),
        schema=SCHEMA,
    )
    op.create_index(
        "message_open",
        "message",
        ["due_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("message_feedback", "message", ["feedback_id"], schema=SCHEMA)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in ("outbox", "message", "resident", "fired", "timer", "case_state"):
        op.drop_table(table, schema=SCHEMA)
