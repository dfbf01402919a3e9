"""How long a text of a chat takes to read, and how long it holds the event loop.

    python benchmarks/understanding.py [--titles 87000] [--texts 400]

The catalogue has generated titles of common words, as many as the largest MovieLens has. The texts are those of the
corpus. Each text is read alone, as the bot reads it, while another task of the event loop counts the time: the longest
time between two of its turns is how long a text can delay everybody else.
"""

import argparse
import asyncio
import time

import numpy as np

from recsys.evaluation.understanding import read_corpus
from recsys.services.reading import TextReader
from recsys.text.meaning import ReaderCatalogue, Situation
from recsys.text.meaning.language import english
from storage.records import Movie

TICK_S = 0.001


def generated(titles: int) -> list[Movie]:
    """Return movies with titles of one to six words; their popularity falls as in real catalogues."""
    rng = np.random.default_rng(0)
    words = sorted(english().common_words)
    movies = []
    for position in range(titles):
        chosen = rng.integers(len(words), size=rng.integers(1, 7))
        title, year = " ".join(words[word] for word in chosen).title(), int(rng.integers(1920, 2024))
        movies.append(Movie(position + 1, title, year, ("Comedy", "War"), rating_count=80_000 // (position + 1) + 1))
    return movies


async def measure(reader: TextReader, catalogue: ReaderCatalogue, texts: list[str]) -> None:
    """Read each text and print the times."""
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            started = time.perf_counter()
            await asyncio.sleep(TICK_S)
            longest = max(longest, time.perf_counter() - started - TICK_S)

    ticking = asyncio.create_task(tick())
    reads: list[tuple[float, float, str]] = []
    for text in texts:
        await asyncio.sleep(TICK_S)
        longest, started = 0.0, time.perf_counter()
        await reader.read(text, Situation(), catalogue)
        await asyncio.sleep(0)
        reads.append((time.perf_counter() - started, longest, text))
    ticking.cancel()
    for name, column in (("a text is read in", 0), ("and holds the loop for", 1)):
        times = sorted(1000 * float(row[column]) for row in reads)
        median, rare = times[len(times) // 2], times[int(len(times) * 0.99)]
        slowest = max(reads, key=lambda row: float(row[column]))[2]
        print(f"{name}: p50 {median:.1f} ms, p99 {rare:.1f} ms, at most {times[-1]:.1f} ms: {slowest[:60]!r}")


def main() -> None:
    """Generate a catalogue, and read texts of the corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--titles", type=int, default=87_000, help="number of titles (default 87,000)")
    parser.add_argument("--texts", type=int, default=400, help="number of texts (default 400)")
    arguments = parser.parse_args()
    movies = generated(arguments.titles)
    started = time.perf_counter()
    catalogue = ReaderCatalogue(movies)
    catalogue.prepare()
    print(f"{len(movies):,} titles are indexed in {time.perf_counter() - started:.1f} s")
    corpus = [text.text for text in read_corpus("added")]
    texts = [corpus[number] for number in np.random.default_rng(0).permutation(len(corpus))[: arguments.texts]]
    asyncio.run(measure(TextReader(), catalogue, texts))


if __name__ == "__main__":
    main()
