"""Connection URLs: paths in them, and forms without secrets that may be shown."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storage.errors import Misconfigured

_USER_AND_PASSWORD = re.compile(r"(://[^:/@\s]*):\S*@")
_SECRET_PARAMETER = re.compile(r"([?&][^=&\s]*(?:password|passwd|secret|token)[^=&\s]*=)[^&\s]*", re.IGNORECASE)


def redact(text: str) -> str:
    """Replace every password and secret parameter by three stars in a URL or in a message that contains URLs."""
    return _SECRET_PARAMETER.sub(r"\1***", _USER_AND_PASSWORD.sub(r"\1:***@", text))


def one_line(error: BaseException | str) -> str:
    """Return the first line of a driver's message without secrets, or the class of the error if it has no message."""
    text = str(error).strip() or type(error).__name__
    return redact(text.splitlines()[0])


def lite_folder(vectors_url: str) -> Path | None:
    """Return the Milvus Lite folder of a VECTORS_URL, which need not exist yet; None for every other scheme.

    Raises:
        Misconfigured: the URL names no folder.
    """
    parts = urlsplit(vectors_url)
    if parts.scheme != "milvus+lite":
        return None
    if parts.netloc or len(parts.path) < 2:
        raise Misconfigured(f"VECTORS_URL {redact(vectors_url)} names no folder; write milvus+lite:///folder/milvus.db")
    return Path(unquote(parts.path))
