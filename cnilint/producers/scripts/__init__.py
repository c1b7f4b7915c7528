"""Objects that scripts, documents and Terraform beside the manifests create."""
