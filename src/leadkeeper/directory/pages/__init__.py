"""The Directory page and the backfill panel of the Team page."""
