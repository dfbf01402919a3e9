"""Count what was not understood by day and kind, and let a job have several messages that show its progress.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_JOB_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, and move the message of each job into one of them."""
    op.create_table(
        "misunderstood",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", name="pk_misunderstood"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "progress_messages",
        sa.Column("job_id", _JOB_ID, autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_progress_messages_job_id"),
        sa.PrimaryKeyConstraint("job_id", "chat_id", "message_id", name="pk_progress_messages"),
        mysql_charset="utf8mb4",
    )
    op.execute(
        "INSERT INTO progress_messages (job_id, chat_id, message_id) "
        "SELECT job_id, chat_id, message_id FROM jobs WHERE chat_id IS NOT NULL AND message_id IS NOT NULL"
    )
    op.drop_column("jobs", "chat_id")
    op.drop_column("jobs", "message_id")


def downgrade() -> None:
    """Give each job its newest message back, and drop the tables."""
    op.add_column("jobs", sa.Column("chat_id", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("message_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE jobs SET message_id = (SELECT MAX(shown.message_id) FROM progress_messages shown "
        "WHERE shown.job_id = jobs.job_id)"
    )
    op.execute(
        "UPDATE jobs SET chat_id = (SELECT MAX(shown.chat_id) FROM progress_messages shown "
        "WHERE shown.job_id = jobs.job_id AND shown.message_id = jobs.message_id)"
    )
    op.drop_table("progress_messages")
    op.drop_table("misunderstood")
