"""Benchmark of serving a large catalogue on one machine, with the embedded defaults or the services of the environment.

    python benchmarks/large_catalogue.py path/to/ml-1m --folder path/to/results
    VECTORS_URL=milvus://localhost:19530 METADATA_URL=redis://localhost:6379 \
        python benchmarks/large_catalogue.py path/to/ml-1m --folder path/to/results --movies 1000000

A simulated data set of `benchmarks/synthetic_movielens.py` is imported, a release of the right shape is written, and
published as `reelmate index` publishes it. The weights of the release are random, because a training would take an
hour: what serving costs depends on their shapes. Movie vectors have clusters, so that likes can be of one kind. Then a
process of its own starts the services of a bot, and measures them.

The data set and the home are kept in --folder. `--steps serve` measures serving again.
"""

import time

STARTED = time.perf_counter()

from bot.runtime import serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import argparse
import asyncio
import csv
import gc
import multiprocessing
import os
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from recsys.profile import Profile

STEPS = ("data", "import", "release", "index", "serve")
CLUSTERS, CLUSTER_SHARE = 300, 0.8
ITEM_WEIGHT_MOVIES, ITEM_WEIGHTS, EXPOSURE_MOVIES = 10_000, 400, 500
"""Shapes of the second stage and of the exposure model of a large catalogue, see docs/decisions/015."""

TAGGED_SHARE, TAGS_PER_MOVIE, TAG_NAMES = 0.6, 6, 5_000
PEOPLE, ANSWERS, PICKS, EXCLUDED, CHECKED_TOP_K = 300, 10, 10, 300, 50
TITLES, SHORTEST_TITLE = 500, 4
TYPED = (
    "a 90s comedy, no horror",
    "something like Heat but funnier, from the last ten years",
    "I loved the first one, but the second was too long and I really did not like the end, what else is there",
)
GOALS = {"start": "15 s", "memory": "1.5 GB", "recommendation": "p50 25 ms", "title": "p99 20 ms"}


def row(what: str, value: str, goal: str = "") -> None:
    """Print a row of the table."""
    print(f"{what:<58} {value:>50}   {goal}", flush=True)


def times(samples_ms: Sequence[float], processor_ms: float) -> str:
    """Return the median and the 99th percentile of durations, and the mean of the processor time, in milliseconds."""
    p50, p99 = statistics.median(samples_ms), statistics.quantiles(samples_ms, n=100)[98]
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, processor {processor_ms:.1f} ms"


def processor() -> str:
    """Return the name of the processor."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else "unknown processor"


class Memory(NamedTuple):
    """The memory of a process in MB.

    Attributes:
        resident: with the pages of files that are mapped, which the kernel drops when memory is scarce.
        private: what only the process has. This is what another process of the same kind needs besides.
        largest: the largest resident memory so far.
    """

    resident: float
    private: float
    largest: float

    @classmethod
    def of(cls, process_id: int) -> "Memory":
        """Read the memory of a process."""
        lines = [
            line
            for name in ("status", "smaps_rollup")
            for line in Path(f"/proc/{process_id}", name).read_text(encoding="utf-8").splitlines()
            if line.endswith(" kB")
        ]
        mb = {name: int(size.split()[0]) / 1024 for name, _, size in (line.partition(":") for line in lines)}
        return cls(mb["Rss"], mb["Private_Clean"] + mb["Private_Dirty"], mb["VmHWM"])

    def __str__(self) -> str:
        return f"{self.resident:.0f} MB, private {self.private:.0f} MB, at most {self.largest:.0f} MB"


def clustered(count: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (count, width) float32 rows of CLUSTERS clusters: row i is near the rows i + k * CLUSTERS."""
    centres = rng.normal(size=(CLUSTERS, width))
    rows = CLUSTER_SHARE * centres[np.arange(count) % CLUSTERS] + (1 - CLUSTER_SHARE) * rng.normal(size=(count, width))
    scaled: NDArray[np.float32] = (0.2 * rows).astype(np.float32)
    return scaled


def write_release() -> None:
    """Write a release with random weights for the imported data set into MODELS_URL."""
    import paddle

    from bot.settings import load_settings
    from recsys.data import snapshot
    from recsys.models.exposure import ExposureModel
    from recsys.models.features import DEMOGRAPHIC_SIZES, Vocabulary
    from recsys.models.item_reranker import ItemReranker
    from recsys.models.neighbours import MAX_NEIGHBOURS, Neighbours
    from recsys.models.network import DIMENSION, Network
    from recsys.models.towers import assemble
    from recsys.training.options import LARGE_CATALOGUE

    settings = load_settings()
    dataset = snapshot.load(settings.snapshot_folder)
    rng = np.random.default_rng(0)
    paddle.seed(0)
    vocabulary, count = Vocabulary.build(dataset.movies), len(dataset.movies)
    ratings = np.array([movie.rating_count for movie in dataset.movies], np.float32)
    by_ratings = np.argsort(-ratings, kind="stable")
    network = Network(
        count, len(vocabulary.tokens), "softmax", spread=5.0, input_movies=np.sort(by_ratings[:LARGE_CATALOGUE])
    )
    network.movie.start_bias(np.log1p(ratings))
    network.movie.ids.weight.set_value(clustered(count, DIMENSION - 1, rng))
    covered = min(ITEM_WEIGHT_MOVIES, count)
    kept = min(ITEM_WEIGHTS, covered)
    columns = (np.arange(covered)[:, np.newaxis] + np.arange(kept) * (covered // kept)) % covered
    columns = np.sort(columns, axis=1).astype(np.int32)
    reranker = ItemReranker(
        np.sort(by_ratings[:covered]),
        rng.normal(0, 0.05, (covered, kept)).astype(np.float32),
        rng.normal(0, 0.05, count).astype(np.float32),
        columns,
        rng.normal(0, 0.05, (covered, kept)).astype(np.float32),
        columns,
    )
    # The neighbours of a movie are of its cluster.
    steps = CLUSTERS * np.arange(1, MAX_NEIGHBOURS + 1)
    neighbours = Neighbours(
        ((np.arange(count)[:, np.newaxis] + steps) % count).astype(np.int32),
        np.full((count, MAX_NEIGHBOURS), 2, np.float32),
    )
    asked = np.sort(by_ratings[:EXPOSURE_MOVIES])
    variables = len(asked) + sum(DEMOGRAPHIC_SIZES)
    exposure = ExposureModel(
        vocabulary.movie_ids[asked],
        np.full(variables, 0.2, np.float32),
        0.16 * np.eye(variables, dtype=np.float32),
        np.sort(rng.random(len(asked)).astype(np.float32)),
    )
    towers = assemble(
        network,
        vocabulary,
        dataset.movies,
        seed=0,
        dataset=dataset.name,
        validation_ndcg=None,
        item_reranker=reranker,
        exposure=exposure,
        neighbours=neighbours,
    )
    towers.save(settings.models_folder / towers.version)
    print(f"release {towers.version}: {count:,} movies, {len(vocabulary.tokens):,} tokens", flush=True)


def write_tags(folder: Path, count: int, seed: int) -> None:
    """Write tags.csv: TAGGED_SHARE of the movies have TAGS_PER_MOVIE tags on average, each by two people."""
    from recsys.text.meaning.language import english

    rng = np.random.default_rng(seed)
    words = sorted(english().common_words)
    names = [f"{words[first]} {words[second]}" for first, second in rng.integers(len(words), size=(TAG_NAMES, 2))]
    with (folder / "tags.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["userId", "movieId", "tag", "timestamp"])
        for movie_id in np.flatnonzero(rng.random(count) < TAGGED_SHARE) + 1:
            for tag in np.unique((TAG_NAMES * rng.random(rng.geometric(1 / TAGS_PER_MOVIE)) ** 3).astype(int)):
                for person in rng.integers(1, 1_000, 2):
                    table.writerow([person, movie_id, names[tag], 1_400_000_000])


def misspelled(title: str, rng: np.random.Generator) -> str:
    """Return a title in lower case with one typing error."""
    text = title.lower()
    place = int(rng.integers(len(text) - 1))
    first, second, rest = text[place], text[place + 1], text[place + 2 :]
    kinds = (second + first + rest, second + rest, first + first + second + rest, "q" + second + rest)
    return text[:place] + kinds[int(rng.integers(len(kinds)))]


async def timed(calls: Sequence[Callable[[], Awaitable[object]]]) -> tuple[list[float], float]:
    """Await each call, and return the milliseconds of each and the mean of the processor time of this process.

    The first calls are made twice.
    """
    for call in calls[:5]:
        await call()
    samples, used_s = [], time.process_time()
    for call in calls:
        started = time.perf_counter()
        await call()
        samples.append((time.perf_counter() - started) * 1e3)
    return samples, (time.process_time() - used_s) * 1e3 / len(samples)


async def serve() -> None:
    """Start the services of a bot, and print what they cost."""
    from bot.app import open_services
    from bot.runtime import serve_with_one_thread
    from bot.settings import load_settings

    serve_with_one_thread()
    settings = load_settings()
    async with open_services(settings) as services:
        row(
            "start of a bot's services",
            f"{time.perf_counter() - STARTED:.1f} s, processor {time.process_time():.1f} s",
            GOALS["start"],
        )
        gc.collect()
        row("memory after the start", str(Memory.of(os.getpid())), GOALS["memory"])
        await measure_recommendations(services)
        await measure_texts(services)
        memory, count = Memory.of(os.getpid()), len(services.conversation.state.movies)
        row("memory after the measurements", str(memory), GOALS["memory"])
        row("private memory for each movie", f"{memory.private / count * 1e3:.1f} KB")


def people_of_dataset() -> "list[Profile]":
    """Return people of the imported data set with a few of their ratings."""
    from bot.settings import load_settings
    from recsys.data import snapshot

    dataset = snapshot.load(load_settings().snapshot_folder)
    movie_ids, offsets = dataset.movie_ids, dataset.person_offsets()
    profiles = []
    for person in range(PEOPLE):
        rows = slice(offsets[person], min(offsets[person] + ANSWERS, offsets[person + 1]))
        ratings = zip(movie_ids[dataset.rating_movies[rows]].tolist(), dataset.rating_stars[rows].tolist(), strict=True)
        profiles.append(dataset.profile(person, dict(ratings)))
    return profiles


async def measure_recommendations(services) -> None:  # type: ignore[no-untyped-def]  # imported when serving starts
    """Print times of recommendations, and the recall of the index."""
    from recsys.profile import Profile
    from recsys.services.choosing import recommend_for_wish
    from recsys.text.meaning import Situation, Wished, read_meaning
    from recsys.text.wishes import Wish

    state, recommender, rng = services.conversation.state, services.recommender, np.random.default_rng(1)
    # In a process of its own, because the whole data set takes a GB.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        profiles = await asyncio.get_running_loop().run_in_executor(pool, people_of_dataset)
    movie_ids, vectors = recommender.towers.movie_vectors()
    kinds = [
        Profile(ratings={int(movie_id): 5.0 for movie_id in movie_ids[cluster::CLUSTERS][:5]})
        for cluster in rng.permutation(CLUSTERS)
    ]
    theme = next(word for word in ("night", "love", "man", "house") if state.conditions.details.of_theme(word))
    wishes = {"": Wish()}
    for text in (TYPED[0], f"movies about {theme}"):
        meaning = read_meaning(text, Situation(), state.reader)
        wishes[text] = meaning.wish if isinstance(meaning, Wished) else Wish()
    cases = {
        "a recommendation": (profiles, "", 0),
        f"... without {EXCLUDED} movies": (profiles, "", EXCLUDED),
        "... for likes of one kind": (kinds, "", 0),
        f"... {TYPED[0]!r}": (profiles, TYPED[0], 30),
        f"... 'movies about {theme}'": (profiles, f"movies about {theme}", 30),
    }
    for what, (people, text, excluded) in cases.items():
        calls = []
        for profile in people:
            hidden = set(rng.choice(movie_ids, excluded, replace=False).tolist())
            calls.append(
                lambda profile=profile, hidden=hidden, wish=wishes[text]: recommend_for_wish(
                    recommender, state.conditions, profile, wish, PICKS, hidden
                )
            )
        row(what, times(*await timed(calls)), GOALS["recommendation"] if what == "a recommendation" else "")
    found = 0
    for profile in profiles[:64]:
        user_vector = recommender.towers.user_vectors([profile])
        [(ids, _)] = await services.index.search(recommender.towers.version, user_vector, CHECKED_TOP_K)
        exact = movie_ids[np.argsort(-(vectors @ user_vector[0]), kind="stable")[:CHECKED_TOP_K]]
        found += len(np.intersect1d(ids, exact))
    recommender.towers.drop_from_memory()
    row(f"recall of the index in the best {CHECKED_TOP_K}", f"{found / (64 * CHECKED_TOP_K):.4f}")


async def measure_texts(services) -> None:  # type: ignore[no-untyped-def]  # imported when serving starts
    """Print times of title search and of reading."""
    from recsys.services.reading import TextReader
    from recsys.text.meaning import Situation

    state, rng = services.conversation.state, np.random.default_rng(2)
    ids = np.fromiter(state.movies, np.int64, len(state.movies))
    drawn = (state.movies[movie_id].title for movie_id in rng.permutation(ids).tolist())
    titles = list(islice((title for title in drawn if len(title) > SHORTEST_TITLE), TITLES))
    words = [title.split()[0] for title in titles]
    mixed = [f"{first} {second} {third}" for first, second, third in zip(words, words[7:], words[19:], strict=False)]
    beginnings = [title[: max(3, len(title) * 2 // 3)] for title in titles]

    def each(find: Callable[[str], object], texts: Sequence[str]) -> list[Callable[[], Awaitable[object]]]:
        async def call(text: str) -> object:
            return find(text)

        return [lambda text=text: call(text) for text in texts]

    typos = [misspelled(title, rng) for title in titles]
    row("a title is found", times(*await timed(each(state.titles.find, titles))), GOALS["title"])
    row("... with a typing error", times(*await timed(each(state.titles.find, typos))), GOALS["title"])
    row("... that is in no catalogue", times(*await timed(each(state.titles.find, mixed))), GOALS["title"])
    search = services.browsing.search
    for what, texts in (("/search for a title", titles), ("... for the beginning of a title", beginnings)):
        row(what, times(*await timed([lambda text=text: search(text) for text in texts])), GOALS["title"])
    reader, longest = TextReader(), 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before - 0.001)

    ticking = asyncio.create_task(tick())
    for text in (*TYPED, typos[0]):
        longest = 0.0
        samples = await timed([lambda text=text: reader.read(text, Situation(), state.reader)] * 30)
        row(f"reading {text[:40]!r}, others wait", f"{times(*samples)}, {longest * 1e3:.0f} ms")
    ticking.cancel()


def main() -> None:
    """Run the steps one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("like", type=Path, help="folder of MovieLens 1M")
    parser.add_argument("--folder", type=Path, required=True, help="where the data set and the home are kept")
    parser.add_argument("--movies", type=int, default=87_585, help="number of movies (default 87,585)")
    parser.add_argument("--ratings", type=float, default=2e6, help="number of ratings (default 2e6)")
    parser.add_argument("--people", type=int, default=12_500, help="number of people (default 12,500)")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS, help="steps to run (default: all)")
    arguments = parser.parse_args()
    # These import what the measured process imports itself.
    from benchmarks.scaling import Figures, run
    from benchmarks.synthetic_movielens import Size, write
    from recsys.data import read_dataset

    data, home = arguments.folder / "data", arguments.folder / "home"
    # These costs are of this run only: with --steps, a step is run again.
    arguments.folder.mkdir(parents=True, exist_ok=True)
    (arguments.folder / "figures.json").unlink(missing_ok=True)
    figures = Figures(arguments.folder / "figures.json")
    own = {**os.environ, "REELMATE_HOME": str(home)}
    print(processor())
    if "data" in arguments.steps:
        size = Size.of(round(arguments.ratings), arguments.movies, arguments.people)
        write(read_dataset(arguments.like), size, data, seed=0)
        write_tags(data, size.movies, seed=0)
    if "import" in arguments.steps:
        run("import", ["--data", str(data)], home, figures)
        row("reelmate import", f"{figures['import'].duration_s:.0f} s, {figures['import'].peak_gb:.2f} GB")
    if "release" in arguments.steps:
        subprocess.run([sys.executable, __file__, "--write-release"], env=own, check=True)  # noqa: S603 - our own program
    if "index" in arguments.steps:
        run("index", [], home, figures)
        row("reelmate index", f"{figures['index'].duration_s:.0f} s, {figures['index'].peak_gb:.2f} GB")
    if "serve" in arguments.steps:
        subprocess.run([sys.executable, __file__, "--serve"], env=own, check=True)  # noqa: S603 - our own program


if __name__ == "__main__":
    if sys.argv[1:] == ["--write-release"]:
        write_release()
    elif sys.argv[1:] == ["--serve"]:
        asyncio.run(serve())
    else:
        main()
