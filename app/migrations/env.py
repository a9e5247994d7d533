"""Alembic's environment: the caller hands in a connection; nothing is read from an ini file."""

from alembic import context
from sqlmodel import SQLModel

from app.migrations.tables import TABLES

assert TABLES  # noqa: S101 - importing them is what fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
