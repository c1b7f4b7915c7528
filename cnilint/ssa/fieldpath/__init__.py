"""Field paths and sets of them, as managedFields has them."""
