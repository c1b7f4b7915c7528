"""Checks of releases: does the detected version of a component support the setting?"""
