"""The command line: one module per command, shared options, and the exit codes.

Command modules import what they run inside the command, so that ``--help`` and completion stay fast.
"""
