"""Alembic's environment: one connection that `db.migrate` opened, foreign keys off on SQLite."""

from alembic import context

from db.migrate import render
from db.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render,
    include_name=context.config.attributes.get("include_name"),
)
with context.begin_transaction():
    context.run_migrations()
