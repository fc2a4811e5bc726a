"""Earlier deadlines, parts of one report, the code residents know; who in a unit works on a case, and who is away.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "desk"
SCOPE = "current_setting('langnghe.unit', true)"


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _words(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def upgrade() -> None:
    for column in (
        sa.Column("part_of", sa.Uuid),
        sa.Column("tracking_key", sa.Text),
        sa.Column("assignee_id", sa.BigInteger),
    ):
        op.add_column("case_file", column, schema=SCHEMA)
    for name, column, where in (
        ("case_file_part_of", "part_of", "part_of IS NOT NULL"),
        ("case_file_tracking_key", "tracking_key", "tracking_key IS NOT NULL"),
        ("case_file_assignee", "assignee_id", "is_open AND assignee_id IS NOT NULL"),
    ):
        op.create_index(name, "case_file", [column], schema=SCHEMA, postgresql_where=sa.text(where))
    op.add_column("resident_word", sa.Column("unit_named", sa.Text), schema=SCHEMA)
    op.add_column(
        "staff", sa.Column("last_turn", sa.BigInteger, nullable=False, server_default=sa.text("0")), schema=SCHEMA
    )
    op.create_table(
        "deadline_history",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        _moment("accept_by"),
        _moment("resolve_by"),
        *_words("policy_version", "calendar_version"),
        _moment("replaced_at"),
        *_words("because"),
        schema=SCHEMA,
    )
    op.create_table(
        "unit_setting",
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("shares_out", sa.Boolean, nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        schema=SCHEMA,
    )
    op.create_table(
        "absence",
        sa.Column("absence_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("staff_id", sa.BigInteger, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("to_on", sa.Date, nullable=False),
        sa.CheckConstraint("from_on <= to_on", name="absence_ends_after_it_begins"),
        schema=SCHEMA,
    )
    op.create_index("absence_staff", "absence", ["staff_id", "to_on"], schema=SCHEMA)
    _secure()


def _secure() -> None:
    """Hide earlier deadlines as the case is hidden, and let whoever sees a part read the words it is a part of.

    A scope may name several units: the one of today and those that went into it.
    """
    op.execute(f"DROP POLICY own_unit ON {SCHEMA}.case_file")
    op.execute(
        f"CREATE POLICY own_unit ON {SCHEMA}.case_file "
        f"USING ({SCOPE} = '*' OR unit_code = ANY (string_to_array({SCOPE}, ',')))"
    )
    table = f"{SCHEMA}.deadline_history"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    for name, condition in (
        ("deadline_history", "c.feedback_id = deadline_history.feedback_id"),
        ("report", "c.feedback_id = report.feedback_id OR c.part_of = report.feedback_id"),
    ):
        op.execute(f"DROP POLICY IF EXISTS own_unit ON {SCHEMA}.{name}")
        op.execute(
            f"CREATE POLICY own_unit ON {SCHEMA}.{name} "
            f"USING ({SCOPE} = '*' OR EXISTS (SELECT 1 FROM {SCHEMA}.case_file c WHERE {condition}))"
        )
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()"
    )


def downgrade() -> None:
    op.execute(f"DROP POLICY own_unit ON {SCHEMA}.case_file")
    op.execute(f"CREATE POLICY own_unit ON {SCHEMA}.case_file USING ({SCOPE} IN ('*', unit_code))")
    op.execute(f"DROP POLICY own_unit ON {SCHEMA}.report")
    op.execute(
        f"CREATE POLICY own_unit ON {SCHEMA}.report USING ({SCOPE} = '*' OR EXISTS "
        f"(SELECT 1 FROM {SCHEMA}.case_file c WHERE c.feedback_id = report.feedback_id))"
    )
    for table in ("absence", "unit_setting", "deadline_history"):
        op.drop_table(table, schema=SCHEMA)
    op.drop_column("staff", "last_turn", schema=SCHEMA)
    op.drop_column("resident_word", "unit_named", schema=SCHEMA)
    for column in ("assignee_id", "tracking_key", "part_of"):
        op.drop_column("case_file", column, schema=SCHEMA)
