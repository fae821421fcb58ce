"""The screen 务工就业."""
