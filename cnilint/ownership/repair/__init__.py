"""What to do about leftovers, as commands."""
