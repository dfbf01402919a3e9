"""Create the tables of jobs, announcements, deliveries (one row per recipient) and the audit log.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    time = sa.DateTime().with_variant(MYSQL_DATETIME(fsp=6), "mysql")
    # SQLite generates ids only for INTEGER columns.
    numbered = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "jobs",
        sa.Column("job_id", numbered, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.Column("release", sa.String(128), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", time, nullable=False),
        sa.Column("finished_at", time, nullable=True),
        sa.Column("turn", sa.String(16), nullable=True),
        sa.Column("owner", sa.String(32), nullable=True),
        sa.Column("leased_until", time, nullable=True),
        sa.Column("stage", sa.String(64), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_jobs"),
        sa.UniqueConstraint("turn", name="uq_jobs_turn"),
        sqlite_autoincrement=True,
        mysql_charset="utf8mb4",
    )
    op.create_index("ix_jobs_status", "jobs", ["status"])
    op.create_table(
        "announcements",
        sa.Column("job_id", numbered, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("cause", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_announcements_job_id"),
        sa.PrimaryKeyConstraint("job_id", name="pk_announcements"),
        sa.UniqueConstraint("cause", name="uq_announcements_cause"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "deliveries",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", numbered, autoincrement=False, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("begun_at", time, nullable=True),
        sa.Column("ended_at", time, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_deliveries_person_id"),
        sa.ForeignKeyConstraint(["job_id"], ["announcements.job_id"], name="fk_deliveries_job_id"),
        sa.PrimaryKeyConstraint("person_id", "job_id", name="pk_deliveries"),
        mysql_charset="utf8mb4",
    )
    op.create_index("ix_deliveries_job_id_status", "deliveries", ["job_id", "status"])
    op.create_table(
        "audit",
        sa.Column("act_id", numbered, nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("admin_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("act_id", name="pk_audit"),
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    """Drop the tables with their data."""
    for table in ("audit", "deliveries", "announcements", "jobs"):
        op.drop_table(table)
