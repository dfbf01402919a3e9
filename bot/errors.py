"""Errors that the command line shows as one line."""


class BadInput(Exception):
    """Something typed cannot be used; the message says what and what was expected."""
