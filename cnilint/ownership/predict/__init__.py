"""What an apply will do to each live object."""
