"""Sweeps: everybody is compared with the provider, page by page, and by schedule."""
