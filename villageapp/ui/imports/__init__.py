"""Dialogs that take a household list in."""
