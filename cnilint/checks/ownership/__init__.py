"""Checks of live objects: who owns which field, and what does an apply leave behind?"""
