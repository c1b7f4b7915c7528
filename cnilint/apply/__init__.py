"""Server-side apply without a server."""
