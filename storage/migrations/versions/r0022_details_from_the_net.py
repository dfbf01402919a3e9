"""Add details of movies from TMDB, and the country and the services of people.

Revision ID: 0022
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and add the columns. Nobody has a country, and nothing is limited to services."""
    op.create_table(
        "movie_details",
        sa.Column("movie_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=True),
        sa.Column("searched", sa.JSON(), nullable=True),
        sa.Column("more", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("movie_id", name="pk_movie_details"),
        mysql_charset="utf8mb4",
    )
    op.add_column("people", sa.Column("country", sa.String(2), nullable=True))
    op.add_column("people", sa.Column("services", sa.JSON(), nullable=True))
    op.add_column("people", sa.Column("only_services", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Drop the columns and the table."""
    for name in ("only_services", "services", "country"):
        op.drop_column("people", name)
    op.drop_table("movie_details")
