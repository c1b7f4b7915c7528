"""The errors that reach the edge of the program. Bad input is a finding; these are for bad usage."""


class UsageError(Exception):
    """A bad option, configuration, pack or revision: one clear line, exit 2. ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
