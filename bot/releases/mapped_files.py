"""Take what was read of the files of a large catalogue out of memory now and then."""

import asyncio

from recsys.services.conversation import Conversation

INTERVAL_S = 10.0
"""Pause between two times, in seconds. The kernel keeps the files in its cache, so reading them again costs little."""


async def drop_read_pages(conversation: Conversation) -> None:
    """Take the pages of the catalogue and of the release that is served out of memory every INTERVAL_S.

    Otherwise a replica would come to have the whole files in its memory, gigabytes for a million movies: the kernel
    maps some pages around each page that is read, and drops them only when memory is scarce.
    """
    while True:
        await asyncio.sleep(INTERVAL_S)
        conversation.state.drop_from_memory()
