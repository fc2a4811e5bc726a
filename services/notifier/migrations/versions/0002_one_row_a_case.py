"""One row a case that everything about it locks; clocks that stood still; words held for residents.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "notifier"


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))


def upgrade() -> None:
    op.alter_column("case_state", "version", server_default="0", schema=SCHEMA)
    op.alter_column("case_state", "state", nullable=True, schema=SCHEMA)
    for name in ("accept_runs", "resolve_runs"):
        op.alter_column("case_state", name, server_default="true", schema=SCHEMA)
    for name in ("changed_at", "accept_resumed_at", "resolve_resumed_at"):
        op.add_column("case_state", moment(name), schema=SCHEMA)
    op.add_column("case_state", sa.Column("reachable", sa.Boolean()), schema=SCHEMA)
    op.add_column("timer", moment("resumed_at"), schema=SCHEMA)
    op.create_table(
        "held_words",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        schema=SCHEMA,
    )
    # Of the cases so far, those without a contact are taken to have none; a submission still to come corrects it.
    op.execute(
        "INSERT INTO notifier.case_state (feedback_id) "
        "SELECT feedback_id FROM notifier.timer UNION SELECT feedback_id FROM notifier.resident ON CONFLICT DO NOTHING"
    )
    op.execute(
        "UPDATE notifier.case_state c SET reachable = "
        "EXISTS (SELECT FROM notifier.resident r WHERE r.feedback_id = c.feedback_id)"
    )
    op.execute("UPDATE notifier.message SET due_at = clock_timestamp() WHERE state IN ('queued', 'sending')")


def downgrade() -> None:
    op.drop_table("held_words", schema=SCHEMA)
    op.drop_column("timer", "resumed_at", schema=SCHEMA)
    for name in ("reachable", "changed_at", "accept_resumed_at", "resolve_resumed_at"):
        op.drop_column("case_state", name, schema=SCHEMA)
    op.execute("DELETE FROM notifier.case_state WHERE version = 0")
    op.alter_column("case_state", "state", nullable=False, schema=SCHEMA)
    for name in ("version", "accept_runs", "resolve_runs"):
        op.alter_column("case_state", name, server_default=None, schema=SCHEMA)
