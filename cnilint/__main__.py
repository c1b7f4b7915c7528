"""``python -m cnilint``."""

from cnilint.cli import main

main()
