"""How changes travel: one signed log per laptop, the same code on laptop and server (docs/sync.md)."""
