"""Runs the migrations on the connection that `bot.repository.database` hands over, inside its transaction."""

from alembic import context

from bot.repository.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
