"""The errors that storage raises, the same four for every driver."""


class StorageError(Exception):
    """Base class of all storage errors. The message is one line that can be shown to an operator."""


class NotFound(StorageError):
    """The requested object does not exist."""


class Unavailable(StorageError):
    """A service did not answer in time. Trying again later may help."""


class Conflict(StorageError):
    """Another process has locked or changed the object, or a constraint of the database was violated."""


class Misconfigured(StorageError):
    """A setting is wrong. The message names the setting and the supported values."""
