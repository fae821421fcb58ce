"""The window before the store is open: sign in, or make a new store."""
