"""Mutated inputs for cnilint, and what no input may make it do."""
