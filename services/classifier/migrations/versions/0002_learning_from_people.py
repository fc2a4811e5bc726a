"""Labels by people, answers of a shadow model, unknown n-grams, and how long words are kept.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "classifier"
KEPT_DAYS = {"label_text": 730, "decision_words": 365, "shadow_answer": 90}


def _word(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.add_column("decision", sa.Column("unknown_share", sa.REAL(), nullable=False, server_default="0"), schema=SCHEMA)
    op.alter_column("decision", "unknown_share", server_default=None, schema=SCHEMA)
    op.create_table(
        "label",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text()),
        *map(_word, ("kind", "topic", "urgency", "was_kind", "was_topic", "was_urgency", "model_version")),
        schema=SCHEMA,
    )
    op.create_index("label_labelled_at", "label", ["labelled_at"], schema=SCHEMA)
    op.create_table(
        "shadow_answer",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("model_version", sa.Text(), primary_key=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        *map(_word, ("kind", "topic", "urgency")),
        sa.Column("topic_probability", sa.REAL(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("shadow_answer_decided_at", "shadow_answer", ["decided_at"], schema=SCHEMA)
    retention = op.create_table(
        "retention",
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days >= 0", name="days_not_negative"),
        schema=SCHEMA,
    )
    op.bulk_insert(retention, [{"what": what, "days": days} for what, days in KEPT_DAYS.items()])


def downgrade() -> None:
    for table in ("retention", "shadow_answer", "label"):
        op.drop_table(table, schema=SCHEMA)
    op.drop_column("decision", "unknown_share", schema=SCHEMA)
