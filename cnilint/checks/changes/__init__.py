"""Checks of what a change takes away, moves or jumps over."""
