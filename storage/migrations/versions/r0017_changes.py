"""Replace the changes of ratings by changes of every kind: of marks, cards and preferences too.

Revision ID: 0017
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
_OF_RATINGS = (
    "person_id, number, movie_id, before_stars, before_source, before_rated_at, after_stars, source, changed_at,"
    " unseen_at, undone_at"
)


def upgrade() -> None:
    """Create the table and move the changes of ratings into it."""
    op.create_table(
        "changes",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("movie_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("before_stars", sa.Double(), nullable=True),
        sa.Column("before_source", sa.String(16), nullable=True),
        sa.Column("before_rated_at", _TIME, nullable=True),
        sa.Column("after_stars", sa.Double(), nullable=True),
        sa.Column("source", sa.String(16), nullable=True),
        sa.Column("unseen_at", _TIME, nullable=True),
        sa.Column("mark", sa.String(16), nullable=True),
        sa.Column("before_marked_at", _TIME, nullable=True),
        sa.Column("before_wish", sa.JSON(), nullable=True),
        sa.Column("before_said_at", _TIME, nullable=True),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("undone_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_changes_person_id"),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_changes"),
        mysql_charset="utf8mb4",
    )
    op.execute(f"INSERT INTO changes (kind, {_OF_RATINGS}) SELECT 'rating', {_OF_RATINGS} FROM rating_changes")  # noqa: S608 - constants
    op.drop_table("rating_changes")


def downgrade() -> None:
    """Keep the changes of ratings only."""
    op.create_table(
        "rating_changes",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("movie_id", sa.BigInteger(), nullable=False),
        sa.Column("before_stars", sa.Double(), nullable=True),
        sa.Column("before_source", sa.String(16), nullable=True),
        sa.Column("before_rated_at", _TIME, nullable=True),
        sa.Column("after_stars", sa.Double(), nullable=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("unseen_at", _TIME, nullable=True),
        sa.Column("undone_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_rating_changes_person_id"),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_rating_changes"),
        mysql_charset="utf8mb4",
    )
    op.execute(f"INSERT INTO rating_changes ({_OF_RATINGS}) SELECT {_OF_RATINGS} FROM changes WHERE kind = 'rating'")  # noqa: S608 - constants
    op.drop_table("changes")
