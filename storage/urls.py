"""Connection URLs: paths in them, and forms without secrets that may be shown."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from storage.errors import Misconfigured

_USER_AND_PASSWORD = re.compile(r"(://[^:/@\s]*):(\S*)@")
_KEY_ALONE = re.compile(
    r"\b((?:milvuss?|rediss?(?:\+cluster|\+sentinel)?)://(?=[^:\s]*@)|https?://(?=[^:/?#\s]*@))([^:\s]*)@"
)
"""The key of a hosted Milvus, and what is meant as a password but is written as a user."""

_SECRET_PARAMETER = re.compile(r"([?&][^=&\s]*(?:password|passwd|secret|token)[^=&\s]*=)([^&\s]*)", re.IGNORECASE)

UNESCAPED = (
    "has a character in its user or password that means something else in a URL: there write @ as %40, / as %2F, # as"
    " %23, ? as %3F and : as %3A"
)


def redact(text: str) -> str:
    """Replace every password, key and secret parameter by three stars in a URL or in a message that contains URLs."""
    shown = _KEY_ALONE.sub(r"\1***@", _USER_AND_PASSWORD.sub(r"\1:***@", text))
    return _SECRET_PARAMETER.sub(r"\1***", shown)


def secrets_in(url: str) -> Iterator[str]:
    """Yield what `redact` hides in a URL, as it is written there."""
    for pattern in (_USER_AND_PASSWORD, _KEY_ALONE, _SECRET_PARAMETER):
        yield from (match[2] for match in pattern.finditer(url) if match[2])


def check_escaped(setting: str, url: str) -> None:
    """Check that the user and the password of a URL of a server can be told from its other parts.

    Raises:
        Misconfigured: they contain a character that ends them, so that another host would be called.
    """
    rest = url.partition("://")[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user = authority.rpartition("@")[0]
    before_at, at, _ = rest[len(authority) :].partition("@")
    is_host = re.fullmatch(r"[^:\[\]]+(:[0-9]*)?|\[[^\]]*\](:[0-9]*)?", authority) is not None
    is_option = "=" in before_at.partition("?")[2]
    ends_early = bool(at) and not user and not (is_option and is_host)
    if "@" in user or ends_early:
        raise Misconfigured(f"{setting} {UNESCAPED}")


def path_of(url: str) -> Path | None:
    """Return the path of a URL of a local folder, such as `file:///srv/models`; None if it names a host or no path.

    A # or ? belongs to the path: such URLs have neither fragments nor options.
    """
    path = url.partition(":")[2]
    if path.startswith("//"):
        host, slash, path = path.removeprefix("//").partition("/")
        if host not in ("", "localhost"):
            return None
        path = slash + path
    return Path("/" + unquote(path).lstrip("/")) if path.startswith("/") and path.strip("/") else None


def one_line(error: BaseException | str) -> str:
    """Return the first line of a driver's message without secrets, or the class of the error if it has no message."""
    text = str(error).strip() or type(error).__name__
    return redact(text.splitlines()[0])


def lite_folder(vectors_url: str) -> Path | None:
    """Return the Milvus Lite folder of a VECTORS_URL, which need not exist yet; None for every other scheme.

    Raises:
        Misconfigured: the URL names no folder.
    """
    if vectors_url.partition(":")[0] != "milvus+lite":
        return None
    folder = path_of(vectors_url)
    if folder is None:
        raise Misconfigured(f"VECTORS_URL {redact(vectors_url)} names no folder; write milvus+lite:///folder/milvus.db")
    return folder
