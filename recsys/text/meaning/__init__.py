"""From text to meaning: what a person says with a text, in the situation in which they write it.

- `reader`: `read_meaning`, which tries the kinds of meaning one after the other.
- `catalogue`: `ReaderCatalogue`, what the reader knows about a catalogue.
- `values`: the meanings.
"""

from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.reader import read_meaning
from recsys.text.meaning.values import (
    Answered,
    AskedAboutMovie,
    AskedForHelp,
    Foreign,
    HelpTopic,
    Meaning,
    Move,
    Opinion,
    Opinions,
    Preferred,
    Question,
    Refined,
    Requested,
    Situation,
    SmallTalk,
    Talk,
    Topic,
    Unclear,
    Wished,
)

__all__ = [
    "Answered",
    "AskedAboutMovie",
    "AskedForHelp",
    "Foreign",
    "HelpTopic",
    "Meaning",
    "Move",
    "Opinion",
    "Opinions",
    "Preferred",
    "Question",
    "ReaderCatalogue",
    "Refined",
    "Requested",
    "Situation",
    "SmallTalk",
    "Talk",
    "Topic",
    "Unclear",
    "Wished",
    "read_meaning",
]
