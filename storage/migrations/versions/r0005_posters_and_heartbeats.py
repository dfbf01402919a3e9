"""Create the tables of uploaded posters and of worker heartbeats.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    time = sa.DateTime().with_variant(MYSQL_DATETIME(fsp=6), "mysql")
    op.create_table(
        "posters",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url_hash", sa.String(64), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("failed_at", time, nullable=True),
        sa.PrimaryKeyConstraint("bot_id", "url_hash", name="pk_posters"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    """Drop the tables with their data."""
    for table in ("heartbeats", "posters"):
        op.drop_table(table)
