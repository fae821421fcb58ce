"""The rulebook as plain Python, shared by laptop and server: no Qt, no SQL, no network."""
