"""The list of leads: what narrows it, its tabs, its page."""
