"""排查任务: what the data check-up found, and who of a sweep is still to be visited."""
