"""Alembic environment: runs revisions on the connection that `storage.migrations` provides."""

from alembic import context

from storage.migrations.mysql import ResumableMySql
from storage.sql.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can alter most things only by copying the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
implementation = context.get_context().impl
if isinstance(implementation, ResumableMySql):
    implementation.finish()
