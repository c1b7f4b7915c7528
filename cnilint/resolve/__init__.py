"""References against definitions: the index, the outcome of each, and what excuses it."""
