"""Why leftovers stay, in words."""
