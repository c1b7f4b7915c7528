"""The configuration file: its shape, its loading, its mistakes."""
