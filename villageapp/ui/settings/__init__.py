"""设置: display, safety, the team, backups, the server, this program."""
