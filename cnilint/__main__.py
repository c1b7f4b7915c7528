"""``python -m cnilint``."""

from cnilint.cli.main import main

main()
