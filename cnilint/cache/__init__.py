"""The persistent cache: results by everything that they were made of, in one SQLite database of the user."""
