"""Checks of references: does what a workload names exist, there, in that form?"""
