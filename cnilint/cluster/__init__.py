"""Objects of a live cluster, read with get and list: the only package that connects to a network."""
