"""From text to meaning: what a person says with a text, in the situation in which they write it.

- `reader`: `read_meaning`, which tries the kinds of meaning one after the other:
  `links`, `answers` to questions of the onboarding, `opinions` of titles, `phrases` of small talk and about a card,
  `wishing` for wishes and preferences, `foreign` for other languages.
- `rejecting`: what a text rules out, in one form. `clauses`: texts in parts of which one decides. `sarcasm`: texts that
  say the opposite of their words.
- `tokens`, `spelling`, `spans`, `canonical`: from letters to words, corrected words, titles and templates.
- `language`: the words and templates of a language. `likeness`: titles for "did you mean".
- `proposed`: checks what a language model proposes.
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
