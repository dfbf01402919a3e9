"""Create the table of the effects of updates.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "effects",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("effect", sa.String(32), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", "effect", name="pk_effects"),
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    """Drop the table with its data."""
    op.drop_table("effects")
