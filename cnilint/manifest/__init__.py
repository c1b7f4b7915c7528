"""One Kubernetes object: identity, metadata, names and the pod template in it."""
