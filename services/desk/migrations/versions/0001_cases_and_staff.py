"""Cases and their steps, what is said of them, staff and their sessions, the audit.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "desk"
# Whose rows a transaction may see: a unit's code, or * for everything. Said by every transaction; silence sees nothing.
SCOPE = "current_setting('langnghe.unit', true)"
OF_A_CASE = ("case_event", "report", "alarm", "resident_word", "correction")


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def _serial(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger, sa.Identity(always=True), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        *_words("short_id"),
        sa.Column("version", sa.Integer, nullable=False),
        *_words("state"),
        sa.Column("is_open", sa.Boolean, nullable=False),
        _moment("due_at"),
        *_words("unit_code", nullable=True),
        *_words("office", "subject", "urgency"),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        _moment("opened_at"),
        _moment("changed_at"),
        _moment("resolved_at", nullable=True),
        *_words("closing_reason", nullable=True),
        sa.Column("disputed", sa.Boolean, nullable=False),
        sa.Column("placed_event_id", sa.Uuid, nullable=False),
        _moment("placed_at"),
        _moment("received_at"),
        *_words("placed_kind", "placed_subject", "placed_urgency"),
        sa.Column("placed_needs_review", sa.Boolean, nullable=False),
        *_words("placed_unit_code", nullable=True),
        *_words("placed_office", "placed_by"),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("approximate", sa.Boolean, nullable=False),
        *_words("explanation"),
        sa.Column("unit_alternatives", JSONB, nullable=False),
        _moment("accept_by"),
        _moment("resolve_by"),
        sa.Column("generation", sa.Integer, nullable=False),
        *_words("policy_version", "calendar_version", "boundary_version"),
        schema=SCHEMA,
    )
    op.create_index(
        "case_file_open",
        "case_file",
        ["unit_code", "due_at", "feedback_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("is_open"),
        postgresql_include=["state", "urgency", "resolve_by"],
    )
    op.create_index(
        "case_file_settled",
        "case_file",
        ["unit_code", "changed_at", "feedback_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("NOT is_open"),
    )
    op.create_index(
        "case_file_disputed",
        "case_file",
        ["unit_code", "changed_at", "feedback_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("disputed"),
    )
    op.create_index(
        "case_file_resolved",
        "case_file",
        ["resolved_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("resolved_at IS NOT NULL"),
        postgresql_include=["unit_code", "resolve_by"],
    )
    op.create_index("case_file_short_id", "case_file", ["short_id"], schema=SCHEMA)
    op.create_table(
        "case_event",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
        *_words("action", "state"),
        *_words("unit_code", nullable=True),
        *_words("office", "actor"),
        _moment("at"),
        *_words("public_reply", "closing_reason", "note", nullable=True),
        schema=SCHEMA,
    )
    op.create_table(
        "report",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        *_words("text", "folded", "channel"),
        sa.Column("lat", sa.Double),
        sa.Column("lon", sa.Double),
        *_words("unit_named", "place_text", nullable=True),
        _moment("received_at"),
        *_words("kind"),
        sa.Column("kind_probability", sa.Double, nullable=False),
        *_words("subject"),
        sa.Column("subject_probability", sa.Double, nullable=False),
        sa.Column("alternatives", JSONB, nullable=False),
        *_words("urgency"),
        sa.Column("urgency_probability", sa.Double, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        *_words("model_version"),
        schema=SCHEMA,
    )
    op.create_table(
        "alarm",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("feedback_id", sa.Uuid, nullable=False),
        *_words("stage", "passed"),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        *_words("recipient"),
        _moment("due_at"),
        _moment("deadline_at"),
        _moment("at"),
        schema=SCHEMA,
    )
    op.create_index("alarm_case", "alarm", ["feedback_id"], schema=SCHEMA)
    op.create_table(
        "resident_word",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("feedback_id", sa.Uuid, nullable=False),
        *_words("kind"),
        *_words("text", nullable=True),
        sa.Column("rating", sa.SmallInteger),
        _moment("at"),
        schema=SCHEMA,
    )
    op.create_index("resident_word_case", "resident_word", ["feedback_id"], schema=SCHEMA)
    op.create_table(
        "correction",
        _serial("correction_id"),
        sa.Column("feedback_id", sa.Uuid, nullable=False),
        *_words("actor"),
        _moment("at"),
        *_words("old_subject", "new_subject", "old_urgency", "new_urgency"),
        schema=SCHEMA,
    )
    op.create_index("correction_case", "correction", ["feedback_id"], schema=SCHEMA)
    op.create_table(
        "staff",
        _serial("staff_id"),
        sa.Column("login", sa.Text, nullable=False, unique=True),
        *_words("password_hash", "display_name", "role"),
        *_words("unit_code", nullable=True),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        _moment("created_at"),
        sa.CheckConstraint(
            "(role IN ('handler', 'unit_leader')) = (unit_code IS NOT NULL)", name="unit_belongs_to_unit_roles"
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("staff_id", sa.BigInteger, nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        schema=SCHEMA,
    )
    op.create_index("session_expires", "session", ["expires_at"], schema=SCHEMA)
    op.create_table(
        "sign_in_attempt",
        sa.Column("login", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("last_at"),
        schema=SCHEMA,
    )
    op.create_index("sign_in_attempt_last", "sign_in_attempt", ["last_at"], schema=SCHEMA)
    op.create_table(
        "audit",
        _serial("audit_id"),
        _moment("at"),
        *_words("actor", "action"),
        *_words("subject", "address", nullable=True),
        schema=SCHEMA,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
        schema=SCHEMA,
    )
    _add_row_security()
    _make_append_only("audit", "case_event", "correction")


def _add_row_security() -> None:
    """Let a transaction see the cases of its unit alone, even if a query forgets to say so."""
    rules = {"case_file": f"{SCOPE} IN ('*', unit_code)"}
    for table in OF_A_CASE:
        rules[table] = (
            f"{SCOPE} = '*' OR EXISTS (SELECT 1 FROM {SCHEMA}.case_file c WHERE c.feedback_id = {table}.feedback_id)"
        )
    for table, rule in rules.items():
        # FORCE: the owner of the tables is the very user the service signs in as.
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_unit ON {SCHEMA}.{table} USING ({rule})")


def _make_append_only(*tables: str) -> None:
    op.execute(
        f"""
        CREATE FUNCTION {SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'rows of % are added and never changed', TG_TABLE_NAME; END $$
        """
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.{table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()"
        )


def downgrade() -> None:
    for table in (
        "outbox",
        "audit",
        "sign_in_attempt",
        "session",
        "staff",
        *reversed(OF_A_CASE),
        "case_file",
    ):
        op.drop_table(table, schema=SCHEMA)
    op.execute(f"DROP FUNCTION {SCHEMA}.refuse_change()")
