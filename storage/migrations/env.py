"""Run by Alembic: revisions on the connection that `storage.migrations` hands over."""

from alembic import context

from storage.sql.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite alters a table by copying it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
