"""Mirrored people: what the provider states of them, and the one place that writes it."""
