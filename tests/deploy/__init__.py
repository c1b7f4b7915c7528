"""The gates in ``deploy/``: they build, are accepted, and do what their pages say."""
