"""今日工作: what to do next, most urgent first, and the month so far."""
