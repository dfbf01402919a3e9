"""What `reelmate check` says about a Redis that cannot be used."""

import pytest

from storage.errors import Misconfigured
from storage.metadata import open_metadata
from storage.sql import Catalogue
from tests.servers.redis_server import PASSWORD


async def refused(url: str, catalogue: Catalogue, words: str) -> None:
    """Check that `verify` says in one line, which shows no password, why a Redis cannot be used.

    Args:
        url: its METADATA_URL.
        catalogue: any.
        words: a regular expression for the line.
    """
    store = open_metadata(url, catalogue)
    with pytest.raises(Misconfigured, match=words) as caught:
        await store.verify()
    assert len(str(caught.value).splitlines()) == 1
    assert PASSWORD not in str(caught.value)
    await store.close()
