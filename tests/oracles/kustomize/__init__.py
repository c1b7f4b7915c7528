"""The kustomize that the built-in evaluation is held to, built from its Go module."""
