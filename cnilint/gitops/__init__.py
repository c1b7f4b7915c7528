"""GitOps tools in the manifests: what they deploy, from where, under which conventions."""
