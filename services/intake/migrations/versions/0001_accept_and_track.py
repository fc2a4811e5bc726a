"""Accept reports, keep contacts, follow cases, announce again.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "intake"


def _moment(name: str, *, nullable: bool = False, default_now: bool = False) -> sa.Column:
    default = sa.func.clock_timestamp() if default_now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("idempotency_key", sa.Text, nullable=False, unique=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("tracking_code", sa.Text, nullable=False, unique=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("lat", sa.Double),
        sa.Column("lon", sa.Double),
        sa.Column("unit_code", sa.Text),
        sa.Column("place_text", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        _moment("received_at"),
        _moment("sent_at", nullable=True),
        sa.Column("sealed_contact", sa.Text),
        _moment("stored_at", default_now=True),
        schema=SCHEMA,
    )
    op.create_table(
        "contact",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("phone", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("masked", sa.Text, nullable=False),
        _moment("created_at", default_now=True),
        schema=SCHEMA,
    )
    op.create_table(
        "progress",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("case_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("case_state", sa.Text),
        sa.Column("announcements", sa.Integer, nullable=False, server_default="0"),
        _moment("next_announcement_at", nullable=True),
        schema=SCHEMA,
    )
    op.create_index(
        "progress_due",
        "progress",
        ["next_announcement_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("next_announcement_at IS NOT NULL"),
    )
    op.create_table(
        "placement",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        sa.Column("unit_code", sa.Text),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("approximate", sa.Boolean, nullable=False),
        _moment("accept_by"),
        _moment("resolve_by"),
        _moment("placed_at"),
        _moment("noted_at", default_now=True),
        schema=SCHEMA,
    )
    op.create_table(
        "case_step",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("public_reply", sa.Text),
        sa.Column("closing_reason", sa.Text),
        _moment("occurred_at"),
        schema=SCHEMA,
    )
    op.create_table(
        "second_word",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("case_version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("text", sa.Text),
        sa.Column("rating", sa.SmallInteger),
        _moment("said_at"),
        schema=SCHEMA,
    )
    op.create_table(
        "broker",
        sa.Column("only_row", sa.Boolean, primary_key=True, server_default=sa.text("true")),
        sa.Column("cluster_id", sa.Text, nullable=False),
        _moment("since", default_now=True),
        sa.Column("told_up_to", sa.Uuid),
        sa.CheckConstraint("only_row", name="broker_is_one_row"),
        schema=SCHEMA,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
        _moment("created_at", default_now=True),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in ("outbox", "broker", "second_word", "case_step", "placement", "progress", "contact", "feedback"):
        op.drop_table(table, schema=SCHEMA)
