"""The screen 监测帮扶."""
