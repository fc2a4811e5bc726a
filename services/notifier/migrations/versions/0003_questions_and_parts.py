"""What residents are told of a placement: whose the case is, what is asked; parts of a report; clocks that begin late.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "notifier"
TEXTS = ("place_unit", "place_office", "question")


def upgrade() -> None:
    op.add_column("case_state", sa.Column("part_of", sa.Uuid()), schema=SCHEMA)
    op.add_column(
        "case_state", sa.Column("place_generation", sa.Integer(), nullable=False, server_default="0"), schema=SCHEMA
    )
    for name in TEXTS:
        op.add_column("case_state", sa.Column(name, sa.Text()), schema=SCHEMA)
    op.create_index(
        "case_part_of", "case_state", ["part_of"], schema=SCHEMA, postgresql_where=sa.text("part_of IS NOT NULL")
    )
    op.add_column(
        "timer", sa.Column("begins_late", sa.Boolean(), nullable=False, server_default="false"), schema=SCHEMA
    )


def downgrade() -> None:
    op.drop_column("timer", "begins_late", schema=SCHEMA)
    op.drop_index("case_part_of", "case_state", schema=SCHEMA)
    for name in (*TEXTS, "place_generation", "part_of"):
        op.drop_column("case_state", name, schema=SCHEMA)
