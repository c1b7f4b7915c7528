"""Checks of the input: can it be read, and does the API server accept it?"""
