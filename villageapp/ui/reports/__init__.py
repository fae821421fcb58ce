"""The screen 台账报表: every printed output, with its options beside its preview."""
