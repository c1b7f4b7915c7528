"""The merge of an apply: ownership, conflicts, pruning."""
