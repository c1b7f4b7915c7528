"""Checks of releases: does this version of a component still know this setting?"""
