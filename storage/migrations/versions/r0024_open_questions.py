"""Add the question that was asked again from the profile and waits for an answer.

Revision ID: 0024
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. No question is open at first."""
    op.add_column("people", sa.Column("open_question", sa.String(16), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("people", "open_question")
