"""Placements as a history and in parts, the clock of each case, and what is to be said.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "router"


def upgrade() -> None:
    for column in (
        sa.Column("reason", sa.Text(), nullable=False, server_default="first"),
        sa.Column("tracking_code", sa.Text()),
        sa.Column("question", sa.Text()),
        sa.Column("part_of", sa.Uuid()),
        sa.Column("lat", sa.Double()),
        sa.Column("lon", sa.Double()),
        sa.Column("office_explanation", sa.Text()),
        sa.Column("second_subject", sa.Text()),
        sa.Column("offices_version", sa.Text()),
        sa.Column("from_unit", sa.Text()),
    ):
        op.add_column("placement", column, schema=SCHEMA)
    op.drop_constraint("placement_pkey", "placement", schema=SCHEMA, type_="primary")
    op.create_primary_key("placement_pkey", "placement", ["feedback_id", "generation"], schema=SCHEMA)
    op.create_index("placement_tracking_code", "placement", ["tracking_code"], schema=SCHEMA)
    op.create_index(
        "placement_part_of", "placement", ["part_of"], schema=SCHEMA, postgresql_where=sa.text("part_of IS NOT NULL")
    )
    op.create_table(
        "case_clock",
        sa.Column("feedback_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("unit_code", sa.Text()),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True)),
        sa.Column("pauses", postgresql.JSONB(), nullable=False, server_default="[]"),
        schema=SCHEMA,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in ("outbox", "case_clock"):
        op.drop_table(table, schema=SCHEMA)
    op.execute("DELETE FROM router.placement WHERE generation > 1")
    op.drop_index("placement_part_of", "placement", schema=SCHEMA)
    op.drop_index("placement_tracking_code", "placement", schema=SCHEMA)
    op.drop_constraint("placement_pkey", "placement", schema=SCHEMA, type_="primary")
    op.create_primary_key("placement_pkey", "placement", ["feedback_id"], schema=SCHEMA)
    added = ("from_unit", "offices_version", "second_subject", "office_explanation", "lon", "lat", "part_of", "question")
    for column in (*added, "tracking_code", "reason"):
        op.drop_column("placement", column, schema=SCHEMA)
