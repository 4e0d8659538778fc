"""Webhook deliveries: stored once, read in order, and how late they were."""
