"""Every switch of a reference set on record; the channel of a placement, so that rules can be replayed over it.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("placement", sa.Column("channel", sa.Text()), schema="router")
    op.create_table(
        "reference_switch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("switched_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("switched_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("version_before", sa.Text()),
        sa.Column("version", sa.Text(), nullable=False),
        schema="router",
    )
    # What is in force came with a pack, or was imported; who did it is not known.
    op.execute(
        "INSERT INTO router.reference_switch (kind, switched_at, action, switched_by, why, by_hand, version) "
        "SELECT kind, loaded_at, 'load', 'langnghe', 'territory pack loaded', false, version "
        "FROM router.reference_set WHERE active ORDER BY loaded_at, kind"
    )
    op.execute(
        "CREATE FUNCTION router.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON router.reference_switch "
        "FOR EACH STATEMENT EXECUTE FUNCTION router.refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("reference_switch", schema="router")
    op.execute("DROP FUNCTION router.refuse_change()")
    op.drop_column("placement", "channel", schema="router")
