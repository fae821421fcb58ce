"""Dialogs that show, save and print cards."""
