"""The trip from a source to a report, a function a command."""
