"""Add the tags of movies.

Revision ID: 0021
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. The tags are unknown until the data set is imported again."""
    op.add_column("movies", sa.Column("tags", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("movies", "tags")
