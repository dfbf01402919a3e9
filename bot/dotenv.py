"""The file `.env` in the current folder: its encoding, and names in it that are no settings."""

import io
import logging
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

from storage.errors import Misconfigured

FILE = ".env"

_PREFIXES = ("BOT_", "REELMATE_")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

_logger = logging.getLogger(__name__)


def check(settings: Collection[str]) -> None:
    """Check that `.env`, if there is one, can be read, and warn about names that look like settings and are none.

    Args:
        settings: the names of all settings, in lower case.

    Raises:
        Misconfigured: the file cannot be read, or is not in UTF-8.
    """
    try:
        content = Path(FILE).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return
    except OSError as error:
        raise Misconfigured(f"{FILE} cannot be read: {error.strerror}") from None
    if content.startswith(_UTF_16) or b"\0" in content:
        raise Misconfigured(f"{FILE} is in UTF-16, and Reelmate reads UTF-8: save it again as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Misconfigured(
            f"{FILE} is not in UTF-8, because of a character in line {line}: save it again as UTF-8"
        ) from None
    setting_names = [name.upper() for name in settings]
    for name in dotenv_values(stream=io.StringIO(text)):
        if name.upper() in setting_names:
            continue
        similar = get_close_matches(name.upper(), setting_names, 1, 0.85)
        if similar or name.upper().startswith(_PREFIXES):
            hint = f"; did you mean {similar[0]}?" if similar else ""
            _logger.warning("%s in %s is no setting of Reelmate and is ignored%s", name, FILE, hint)
