"""The command line: the same services as the screens, one file per group of commands."""
