"""Somebody leaves while responsible for leads: what becomes of them."""
