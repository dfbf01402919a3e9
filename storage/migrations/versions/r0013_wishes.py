"""Add the wishes of people: the active one, and what they never want to see.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Nobody has a wish yet."""
    op.create_table(
        "wishes",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("said_at", sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_wishes_person_id"),
        sa.PrimaryKeyConstraint("person_id", "kind", name="pk_wishes"),
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("wishes")
