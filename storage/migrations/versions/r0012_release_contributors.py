"""Add the salted hashes of the people that a release learned from.

Revision ID: 0012
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Releases that exist already have no record of their contributors."""
    op.create_table(
        "release_contributors",
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("hashes", sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql"), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_release_contributors"),
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("release_contributors")
