"""Checks of the input: can it be read, and will the API server accept it?"""
