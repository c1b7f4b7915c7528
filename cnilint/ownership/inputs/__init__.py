"""What ownership is told: dumps of live objects and the manifests that will be applied."""
