"""Where rooms that do not know each other meet. Sent within the transaction of what they announce."""

from django.dispatch import Signal

people_linked = Signal()
"""A local person was found to be somebody of the directory: `local_id`, `mirrored_id` (user ids), and `by`."""
