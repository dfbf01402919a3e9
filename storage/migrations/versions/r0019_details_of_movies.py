"""Add the certificate, the running time and the ids at other sites to the movies.

Revision ID: 0019
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. The values are unknown until the data set is imported again."""
    op.add_column("movies", sa.Column("certificate", sa.Text(), nullable=True))
    op.add_column("movies", sa.Column("minutes", sa.Integer(), nullable=True))
    op.add_column("movies", sa.Column("imdb_id", sa.Text(), nullable=True))
    op.add_column("movies", sa.Column("tmdb_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("tmdb_id", "imdb_id", "minutes", "certificate"):
        op.drop_column("movies", name)
