"""Live objects against their manifests: who owns what, what an apply leaves behind, and how to repair it."""
