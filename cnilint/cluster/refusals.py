"""Answers of an API server that leave something unknown without ending the run."""


class Refused(Exception):
    """The server does not answer this request: what it is about is not known. The text is the reason."""


class NotThere(Exception):
    """The object or resource does not exist. The text, if any, is the server's."""
