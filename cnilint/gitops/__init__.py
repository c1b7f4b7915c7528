"""Objects of GitOps tools: what they deploy, from where, under which conventions."""
