"""Alembic: how the database grows, from the first table on."""
