"""Predictions against a real API server and the real tools."""
