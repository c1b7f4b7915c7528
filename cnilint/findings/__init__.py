"""Findings: diagnostics with their code's name and severity, a fingerprint, and the user's policy."""
