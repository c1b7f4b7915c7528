"""cnilint: a linter for GitOps manifests that stops a bad upgrade of a cluster network."""

__version__ = "0.1.0"
