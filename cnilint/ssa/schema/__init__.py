"""The schemas that decide how lists and maps merge."""
