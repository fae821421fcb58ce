"""The screen 帮扶措施."""
