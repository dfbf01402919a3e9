"""Give the installation a name, which keeps its keys in a shared Redis apart from those of others.

Revision ID: 0025
Revises: 0023
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table with its only row."""
    table = op.create_table(
        "installations",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_installations"),
        mysql_charset="utf8mb4",
    )
    op.execute(table.insert().values(slot=1, name=uuid4().hex))


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("installations")
