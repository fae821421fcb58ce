"""What people do: every window, command line and test calls these."""
