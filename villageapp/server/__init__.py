"""The provincial server: stores every laptop's signed log, relays it, and projects it into records."""
