"""Telling people what others did to their leads: in the product, and by e-mail."""
