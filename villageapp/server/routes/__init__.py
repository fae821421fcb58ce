"""HTTP addresses of the server; no logic lives here."""
