"""From sources to manifests: kustomize built in, or the installed tools."""
