"""managedFields as the API server reads, writes and stores them."""
