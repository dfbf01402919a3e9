"""Create the history of activations, and the change counters of catalogue and vectors (later named `revisions`).

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and make the active release the first activation."""
    time = sa.DateTime().with_variant(MYSQL_DATETIME(fsp=6), "mysql")
    op.create_table(
        "activations",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("activated_at", time, nullable=False),
        sa.Column("withdrawn_at", time, nullable=True),
        sa.ForeignKeyConstraint(["version"], ["releases.version"], name="fk_activations_version"),
        sa.PrimaryKeyConstraint("number", name="pk_activations"),
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "stamps",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_stamps"),
        mysql_charset="utf8mb4",
    )
    op.execute(
        "INSERT INTO activations (version, activated_at) SELECT releases.version, releases.created_at FROM releases"
        " JOIN active_release ON active_release.version = releases.version"
    )
    op.drop_table("active_release")


def downgrade() -> None:
    """Drop the tables, and keep only which release is active."""
    op.create_table(
        "active_release",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.CheckConstraint("slot = 1", name=op.f("ck_active_release_one_row")),
        sa.ForeignKeyConstraint(["version"], ["releases.version"], name="fk_active_release_version"),
        sa.PrimaryKeyConstraint("slot", name="pk_active_release"),
        mysql_charset="utf8mb4",
    )
    op.execute(
        "INSERT INTO active_release (slot, version) SELECT 1, version FROM activations"
        " WHERE number = (SELECT max(number) FROM activations WHERE withdrawn_at IS NULL)"
    )
    op.drop_table("stamps")
    op.drop_table("activations")
