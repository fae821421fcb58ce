"""The window: Qt widgets that call services and never touch a session."""
