"""Alembic revisions of the laptop's store (``laptop``) and of the server (``server``)."""

LAPTOP_HEAD = "0010"
"""The newest laptop revision; a test holds it against the scripts. Known here so that opening an
up-to-date store does not import Alembic."""
