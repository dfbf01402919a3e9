"""Measure how well texts of a chat are understood.

The corpus lies beside this module, one text with its meaning per line. The rules of the reader are written with
`seen.jsonl`. `held_out.jsonl` has a third of the texts of every kind, drawn at random before the rules were written. It
measures the rules, so whoever writes them must not read it. `added.jsonl` has texts that were written later, before the
rules were changed for them.

- `corpus`: the texts, with the format of their meanings.
- `described`: meanings in the format of the corpus.
- `comparison`: whether a meaning is right, and which ratings are wrong.
- `report`: the figures by kind.
"""

from recsys.evaluation.understanding.corpus import PARTS, CorpusText, Part, read_corpus
from recsys.evaluation.understanding.report import (
    Misread,
    PartReport,
    Read,
    UnderstandingReport,
    UnknownLabels,
    evaluate_understanding,
)

__all__ = [
    "PARTS",
    "CorpusText",
    "Misread",
    "Part",
    "PartReport",
    "Read",
    "UnderstandingReport",
    "UnknownLabels",
    "evaluate_understanding",
    "read_corpus",
]
