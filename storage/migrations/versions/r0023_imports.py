"""Store the files that people import, and which changes are part of an import.

Revision ID: 0023
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


def upgrade() -> None:
    """Create the table and the column."""
    op.create_table(
        "imports",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("imported_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_imports_person_id"),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_imports"),
        mysql_charset="utf8mb4",
    )
    op.add_column("changes", sa.Column("part_of", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop both, with the changes of imports, which cannot be undone any more."""
    op.execute("DELETE FROM changes WHERE kind = 'import' OR part_of IS NOT NULL")
    op.drop_column("changes", "part_of")
    op.drop_table("imports")
