"""Add how well known the movies are that a person wants to be shown.

Revision ID: 0015
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Everybody begins with the balanced setting."""
    op.add_column("people", sa.Column("popularity", sa.String(16), server_default="balanced", nullable=False))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("people", "popularity")
