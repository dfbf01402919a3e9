"""What can go wrong in storage, the same four for every driver."""


class StorageError(Exception):
    """Base of all storage errors; its message is one line that can be shown to an operator."""


class NotFound(StorageError):
    """The thing asked for is not there."""


class Unavailable(StorageError):
    """A service did not answer in time; trying again later may help."""


class Conflict(StorageError):
    """Somebody else holds or changed the thing."""


class Misconfigured(StorageError):
    """A setting is wrong; the message names it and what is known."""
