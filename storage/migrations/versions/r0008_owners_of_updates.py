"""Add the process that claimed an update, and the process whose heartbeat is recorded.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. An update without an owner that is not handled can be claimed at once."""
    for table in ("updates", "heartbeats"):
        op.add_column(table, sa.Column("owner", sa.String(32), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    for table in ("heartbeats", "updates"):
        op.drop_column(table, "owner")
