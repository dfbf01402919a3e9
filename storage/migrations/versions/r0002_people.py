"""Create the tables of people, ratings, rating changes, marks, cards and received updates.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    time = sa.DateTime().with_variant(MYSQL_DATETIME(fsp=6), "mysql")
    op.create_table(
        "people",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("gender", sa.String(1), nullable=True),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("occupation", sa.Integer(), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.CheckConstraint("gender IN ('F', 'M')", name=op.f("ck_people_gender")),
        sa.CheckConstraint("age BETWEEN 1 AND 120", name=op.f("ck_people_age")),
        sa.CheckConstraint("occupation BETWEEN 0 AND 20", name=op.f("ck_people_occupation")),
        sa.PrimaryKeyConstraint("person_id", name="pk_people"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "ratings",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("movie_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stars", sa.Double(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("rated_at", time, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_ratings_stars")),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_ratings_person_id"),
        sa.PrimaryKeyConstraint("person_id", "movie_id", name="pk_ratings"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "rating_changes",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("movie_id", sa.BigInteger(), nullable=False),
        sa.Column("before_stars", sa.Double(), nullable=True),
        sa.Column("before_source", sa.String(16), nullable=True),
        sa.Column("before_rated_at", time, nullable=True),
        sa.Column("after_stars", sa.Double(), nullable=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("changed_at", time, nullable=False),
        sa.Column("unseen_at", time, nullable=True),
        sa.Column("undone_at", time, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_rating_changes_person_id"),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_rating_changes"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "marks",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("movie_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("marked_at", time, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_marks_person_id"),
        sa.PrimaryKeyConstraint("person_id", "kind", "movie_id", name="pk_marks"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "cards",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("movie_id", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", time, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_cards_person_id"),
        sa.PrimaryKeyConstraint("person_id", "message_id", name="pk_cards"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "updates",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", time, nullable=False),
        sa.Column("handled_at", time, nullable=True),
        sa.PrimaryKeyConstraint("update_id", name="pk_updates"),
        mysql_charset="utf8mb4",
    )
    op.create_index("ix_updates_seen_at", "updates", ["seen_at"])


def downgrade() -> None:
    """Drop the tables with their data."""
    for table in ("updates", "cards", "marks", "rating_changes", "ratings", "people"):
        op.drop_table(table)
