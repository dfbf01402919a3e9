"""Add the movie that a card showed before, while it is not certain that the message shows the next one.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Cards that exist already count as shown."""
    op.add_column("cards", sa.Column("previous_movie_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("cards", "previous_movie_id")
