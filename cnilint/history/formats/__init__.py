"""Formats of a history: each renders it to text, and writes nothing itself. ``periods``: only the broken references."""
