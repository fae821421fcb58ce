"""驻村工作: work log, attendance, leave, points."""
