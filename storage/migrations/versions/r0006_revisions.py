"""Rename the table `stamps` to `revisions`, and the key of `audit` to `entry_id`.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the table and the column."""
    _rename_table("stamps", "revisions")
    op.execute("ALTER TABLE audit RENAME COLUMN act_id TO entry_id")


def downgrade() -> None:
    """Restore the former names."""
    op.execute("ALTER TABLE audit RENAME COLUMN entry_id TO act_id")
    _rename_table("revisions", "stamps")


def _rename_table(old_name: str, new_name: str) -> None:
    op.rename_table(old_name, new_name)
    if op.get_context().dialect.name == "postgresql":
        # PostgreSQL keeps the name of the primary key. SQLite keeps it too but never uses it, and MySQL has none.
        op.execute(f"ALTER TABLE {new_name} RENAME CONSTRAINT pk_{old_name} TO pk_{new_name}")
