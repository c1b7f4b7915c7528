"""The command line: one module a command, shared options, and the exit code."""
