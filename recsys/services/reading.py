"""Reads texts beside the event loop, and lets another reader help with those that the rules leave unclear."""

import asyncio

from recsys.text.meaning import Meaning, ReaderCatalogue, Situation, read_meaning

MAX_READERS = 2
"""At most this many texts are read at once, because reading keeps a processor busy."""


class TextReader:
    """Reads what people type.

    With tens of thousands of titles, a text can take a tenth of a second. It is read in a thread, so that other people
    do not wait for it.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MAX_READERS)

    async def read(self, text: str, situation: Situation, catalogue: ReaderCatalogue) -> Meaning:
        """Read what a person says with a text in a situation.

        Args:
            text: what the person wrote.
            situation: the situation in which they wrote it.
            catalogue: the catalogue whose titles the text may name.
        """
        async with self._turns:
            return await asyncio.to_thread(read_meaning, text, situation, catalogue)
