"""The screen 农户: list left, household page right."""
