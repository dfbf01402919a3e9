"""Create the tables of the catalogue and of the releases.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "movies",
        sa.Column("movie_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("genres", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("directors", sa.JSON(), nullable=False),
        sa.Column("actors", sa.JSON(), nullable=False),
        sa.Column("poster_url", sa.Text(), nullable=True),
        sa.Column("rating_count", sa.BigInteger(), nullable=False),
        sa.Column("rating_mean", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("movie_id", name="pk_movies"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "releases",
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime().with_variant(MYSQL_DATETIME(fsp=6), "mysql"), nullable=False),
        sa.Column("validation_ndcg", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("version", name="pk_releases"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "active_release",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.CheckConstraint("slot = 1", name=op.f("ck_active_release_one_row")),
        sa.ForeignKeyConstraint(["version"], ["releases.version"], name="fk_active_release_version"),
        sa.PrimaryKeyConstraint("slot", name="pk_active_release"),
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    """Drop the tables with their data."""
    op.drop_table("active_release")
    op.drop_table("releases")
    op.drop_table("movies")
