"""Reads texts in threads. A language model may help with texts that the rules do not understand."""

import asyncio
from typing import Protocol

from recsys.text.meaning import Meaning, Question, ReaderCatalogue, Situation, Unclear, read_meaning
from recsys.text.meaning.links import has_address
from recsys.text.meaning.proposed import checked_meaning
from recsys.text.titles import Match

_NO_PERSONAL_QUESTION = (None, Question.GREETING, Question.TITLES)
"""The open questions, None for none, at which a text is no answer about the person."""

MAX_READERS = 2
"""At most this many texts are read at once, because reading keeps a processor busy."""


class Proposer(Protocol):
    """Proposes a meaning of a text, for example with a language model."""

    async def propose(self, text: str) -> object:
        """Return a proposal as `recsys.text.meaning.proposed` describes it; None if there is none in time."""
        ...


class TextReader:
    """Reads what people type.

    With tens of thousands of titles, a text can take a tenth of a second. It is read in a thread, so that other people
    do not wait for it.
    """

    def __init__(self, proposer: Proposer | None = None) -> None:
        """Connect the reader.

        Args:
            proposer: is asked about texts that the rules leave unclear; None for the rules alone.
        """
        self._turns = asyncio.Semaphore(MAX_READERS)
        self._proposer = proposer

    async def read(self, text: str, situation: Situation, catalogue: ReaderCatalogue) -> Meaning:
        """Read what a person says with a text in a situation.

        A text with an address, and an answer to a question or to a card, are never given to the proposer.

        Args:
            text: what the person wrote.
            situation: the situation in which they wrote it.
            catalogue: the catalogue whose titles the text may name.
        """
        async with self._turns:
            meaning = await asyncio.to_thread(read_meaning, text, situation, catalogue)
        is_alone = situation.question in _NO_PERSONAL_QUESTION and situation.card is None and not has_address(text)
        if self._proposer is None or not isinstance(meaning, Unclear) or not is_alone:
            return meaning
        proposal = await self._proposer.propose(text)
        if proposal is None:
            return meaning
        async with self._turns:
            return await asyncio.to_thread(checked_meaning, proposal, catalogue) or meaning

    async def find_title(self, title: str, catalogue: ReaderCatalogue) -> Match:
        """Find the movie that a title means."""
        async with self._turns:
            return await asyncio.to_thread(lambda: catalogue.titles.find(title))
