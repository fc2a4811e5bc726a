"""Ask where it is, and follow the parts of a report that went to several offices.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    op.add_column("placement", sa.Column("reason", sa.Text, nullable=False, server_default="first"), schema=SCHEMA)
    op.add_column("placement", sa.Column("question", sa.Text), schema=SCHEMA)
    op.add_column("placement", sa.Column("asked_in", sa.Integer, nullable=False, server_default="1"), schema=SCHEMA)
    op.add_column(
        "placement", sa.Column("alternatives", ARRAY(sa.Text), nullable=False, server_default="{}"), schema=SCHEMA
    )
    op.add_column("placement", sa.Column("part_of", sa.Uuid), schema=SCHEMA)
    op.create_index(
        "placement_part_of", "placement", ["part_of"], schema=SCHEMA, postgresql_where=sa.text("part_of IS NOT NULL")
    )
    op.alter_column("second_word", "case_version", new_column_name="turn", schema=SCHEMA)
    for name in ("lat", "lon"):
        op.add_column("second_word", sa.Column(name, sa.Double), schema=SCHEMA)
    for name in ("unit_code", "place_text"):
        op.add_column("second_word", sa.Column(name, sa.Text), schema=SCHEMA)


def downgrade() -> None:
    op.execute("DELETE FROM intake.second_word WHERE kind = 'place'")
    for name in ("lat", "lon", "unit_code", "place_text"):
        op.drop_column("second_word", name, schema=SCHEMA)
    op.alter_column("second_word", "turn", new_column_name="case_version", schema=SCHEMA)
    op.execute("DELETE FROM intake.placement WHERE part_of IS NOT NULL")
    op.drop_index("placement_part_of", "placement", schema=SCHEMA)
    for name in ("part_of", "alternatives", "asked_in", "question", "reason"):
        op.drop_column("placement", name, schema=SCHEMA)
