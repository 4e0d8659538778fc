"""Saved filters of the list, and recent leads."""
