"""The screen 同步."""
