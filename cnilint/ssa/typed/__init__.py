"""Values with their schema: sets of fields, comparison, merge, validation."""
