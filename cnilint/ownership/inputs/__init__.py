"""Inputs of the ownership analysis: dumps of live objects and the manifests that will be applied."""
