"""Printed sheets: plain values in, PDF bytes out. No store, no window, no session."""
