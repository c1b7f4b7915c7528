"""``python -m cnilint``, and the entry point of the installed command.

Everything is imported inside of ``main``: Python ends with 1 for an error of an import, which means findings here.
"""


def main() -> None:
    """Starts the program. A fault before its own handling of faults ends it with one line."""
    try:
        from cnilint.cli.main import main as start

        start()
    except KeyboardInterrupt:
        _end(130, "interrupted")
    except MemoryError:
        _end(2, "not enough memory")
    except (ImportError, OSError) as error:
        _end(3, f"cannot start: {error}")


def _end(code: int, reason: str) -> None:
    """Ends the process with a line on standard error, with as little of Python as possible."""
    import os

    try:
        os.write(2, f"cnilint: {reason}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
