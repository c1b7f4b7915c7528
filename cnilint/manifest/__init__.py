"""Kubernetes objects: identity, metadata, names and pod templates."""
