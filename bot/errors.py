"""The error for bad input on the command line."""


class BadInput(Exception):
    """An argument cannot be used. The message is one line that says which one and what was expected."""
