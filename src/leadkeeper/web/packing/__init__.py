"""What pages load, in few files that are named by their content and compressed: see `pack.py`."""
