"""Benchmark of vector search on a Milvus server by the number of movies and the kind of the index.

    python -m benchmarks.milvus_server path/to/home --movies 100000

The vectors are those of the release and the data set in a home of Reelmate. More movies are made by adding noise to
vectors of real movies, with their years and genres. User vectors are those of real people with 1 to 30 of their
ratings.
A server of version 2.3.5 is started if `make milvus` has installed it; --url names another one.

For each case a table says how long a search for 60 movies takes alone, and which share of the exact result is found, in
the mean and in the worst list. The same vectors are searched by FAISS in this process with one thread.
"""

from bot.runtime import serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.large_catalogue import processor
from recsys.data import snapshot
from recsys.models.towers import Towers
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors import VectorIndex, open_index
from storage.vectors.arrays import Facets, exact_search
from storage.vectors.milvus_kinds import KINDS
from tests.servers.milvus_server import milvus_url

TOP_K, SEARCHES = 60, 100
GRAPH_NEIGHBOURS, BUILD_CANDIDATES, CANDIDATES = 16, 200, 1_000
"""Parameters of the graph of FAISS: M, efConstruction, efSearch."""

SETTLE_S = 60.0
"""Pause after a publish. A server removes merged segments for a while."""

TRAINED_ON = 30_000
"""About as many vectors train the compression in FAISS."""

NOISE = 0.5
"""Length of the noise that is added to the vector of a movie, relative to the vector."""

FILTERS = {
    "comedy": MovieFilter(genres_any=("Comedy",)),
    "no drama": MovieFilter(genres_none=("Drama",)),
    "since 1990": MovieFilter(year_from=1990),
    "horror of the 1980s": MovieFilter(genres_any=("Horror",), year_from=1980, year_to=1989),
    "film noir": MovieFilter(genres_any=("Film-Noir",)),
    "western before 1950": MovieFilter(genres_any=("Western",), year_to=1949),
}


@dataclass(frozen=True)
class Case:
    """A search: a filter, and how many of the best and of all movies are excluded."""

    name: str
    where: MovieFilter = ANY_MOVIE
    best_excluded: int = 0
    others_excluded: int = 0


CASES = (
    Case("any movie"),
    Case("without 200 (100 best)", best_excluded=100, others_excluded=100),
    Case("without 2,000 (1,000 best)", best_excluded=1_000, others_excluded=1_000),
    *(Case(name, where) for name, where in FILTERS.items()),
    Case("comedy, without 200", FILTERS["comedy"], 100, 100),
)

Ids = NDArray[np.int64]
Search = Callable[[NDArray[np.float32], Collection[int], MovieFilter], Awaitable[Ids]]
Questions = Sequence[tuple[NDArray[np.float32], list[int], Ids]]
"""(user vector, excluded ids, exact result) of each search."""

Cases = Sequence[tuple[Case, Questions]]


class Catalogue:
    """Movies, their vectors and user vectors, made from a home."""

    def __init__(self, home: Path, count: int) -> None:
        dataset = snapshot.load(home / "dataset")
        towers = Towers.load(next((home / "models").iterdir()))
        movie_ids, vectors = towers.movie_vectors()
        by_id = {movie.movie_id: movie for movie in dataset.movies}
        rng = np.random.default_rng(0)
        rows = np.arange(count) % len(movie_ids)
        self.ids = np.arange(1, count + 1, dtype=np.int64)
        self.vectors = np.empty((count, vectors.shape[1]), np.float32)
        for start in range(0, count, 20_000):
            block = vectors[rows[start : start + 20_000]]
            noise = rng.standard_normal(block.shape, np.float32)
            noise *= NOISE * np.linalg.norm(block, axis=1, keepdims=True) / np.sqrt(block.shape[1])
            self.vectors[start : start + len(block)] = (
                block + noise * (np.arange(start, start + len(block)) >= len(movie_ids))[:, np.newaxis]
            )
        self.movies: list[Movie] = [
            replace(by_id[int(movie_ids[row])], movie_id=position + 1, title="")
            for position, row in enumerate(rows.tolist())
        ]
        self.facets = Facets(self.movies)
        offsets = dataset.person_offsets()
        profiles = []
        for person in rng.permutation(len(offsets) - 1)[:SEARCHES].tolist():
            chosen = rng.permutation(np.arange(offsets[person], offsets[person + 1]))[: int(rng.integers(1, 31))]
            rated = dataset.movie_ids[dataset.rating_movies[chosen]].tolist()
            profiles.append(
                dataset.profile(person, dict(zip(rated, dataset.rating_stars[chosen].tolist(), strict=True)))
            )
        self.user_vectors = towers.user_vectors(profiles)
        self.rng = rng

    def questions(self, case: Case) -> Questions:
        """Return the searches of a case."""
        matching = None if case.where == ANY_MOVIE else self.facets.matching(case.where)
        top_k = TOP_K + case.best_excluded
        excluded = [
            [
                *best[: case.best_excluded].tolist(),
                *self.rng.choice(self.ids, case.others_excluded, replace=False).tolist(),
            ]
            for best, _ in exact_search(self.ids, self.vectors, self.user_vectors, top_k, (), matching)
        ]
        exact = exact_search(self.ids, self.vectors, self.user_vectors, TOP_K, excluded, matching)
        return [(*question, ids) for *question, (ids, _) in zip(self.user_vectors, excluded, exact, strict=True)]


async def measured(search: Search, case: Case, questions: Questions) -> str:
    """Return times and recall of a search, in words."""
    for user_vector, excluded, _ in questions[:5]:
        await search(user_vector, excluded, case.where)
    samples, recalls = [], []
    for user_vector, excluded, exact in questions:
        started = time.perf_counter()
        found = await search(user_vector, excluded, case.where)
        samples.append((time.perf_counter() - started) * 1e3)
        recalls.append(len(np.intersect1d(found, exact)) / max(1, len(exact)))
    p50, p99 = statistics.median(samples), statistics.quantiles(samples, n=100)[98]
    return f"p50 {p50:7.1f} ms, p99 {p99:7.1f} ms, recall {np.mean(recalls):.4f}, worst {min(recalls):.2f}"


def faiss_search(catalogue: Catalogue, index: faiss.Index, parameters: Callable[[Any], Any]) -> Search:
    """Return a search of a FAISS index. Vectors of an index that are longer than the user vectors have 0 there.

    Args:
        catalogue: what is searched.
        index: of the vectors.
        parameters: returns the parameters of a search of the chosen movies.
    """

    async def search(user_vector: NDArray[np.float32], excluded: Collection[int], where: MovieFilter) -> Ids:
        kept = np.ones(len(catalogue.ids), bool) if where == ANY_MOVIE else catalogue.facets.matching(where)
        kept[np.asarray(excluded, np.int64) - 1] = False
        chosen = None if kept.all() else faiss.IDSelectorBitmap(np.packbits(kept, bitorder="little"))
        query = np.pad(user_vector[np.newaxis], ((0, 0), (0, index.d - len(user_vector))))
        _, places = index.search(query, TOP_K, params=parameters(chosen))
        found: Ids = places[0] + 1
        return found

    return search


def server_search(index: VectorIndex, version: str) -> Search:
    """Return a search of a version in a Milvus server."""

    async def search(user_vector: NDArray[np.float32], excluded: Collection[int], where: MovieFilter) -> Ids:
        [(found, _)] = await index.search(version, user_vector[np.newaxis], TOP_K, [excluded], where)
        return found

    return search


async def measure_cases(name: str, search: Search, cases: Cases) -> None:
    """Print a row for each case."""
    for case, questions in cases:
        print(f"{name:<11} {case.name:<28} {await measured(search, case, questions)}", flush=True)


async def measure_faiss(catalogue: Catalogue, cases: Cases) -> None:
    """Print what FAISS needs for the same searches: exactly, by the method of SCANN, and in a graph.

    The graph is over vectors that one more number brings to one length, because graphs find neighbours by angle well
    and by inner product badly (Bachrach et al., RecSys 2014).
    """
    vectors, metric = catalogue.vectors, faiss.METRIC_INNER_PRODUCT
    dimension = vectors.shape[1]
    flat = faiss.IndexFlatIP(dimension)
    flat.add(vectors)
    await measure_cases(
        "FAISS flat", faiss_search(catalogue, flat, lambda chosen: faiss.SearchParameters(sel=chosen)), cases
    )
    del flat
    scann = KINDS["SCANN"]
    lists = scann.building["nlist"]
    started = time.perf_counter()
    compressed = faiss.index_factory(dimension, f"IVF{lists},PQ{dimension // 2}x4fs,RFlat", metric)
    compressed.train(vectors[:: max(1, len(vectors) // TRAINED_ON)])
    compressed.add(vectors)
    print(f"FAISS scan built in {time.perf_counter() - started:.0f} s", flush=True)
    candidates = scann.search_params(TOP_K, len(vectors), 1)["reorder_k"]

    def scan_parameters(chosen: Any) -> Any:
        lists_parameters = faiss.SearchParametersIVF(sel=chosen, nprobe=lists)
        return faiss.IndexRefineSearchParameters(k_factor=candidates / TOP_K, base_index_params=lists_parameters)

    await measure_cases("FAISS scan", faiss_search(catalogue, compressed, scan_parameters), cases)
    del compressed
    started = time.perf_counter()
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    graph = faiss.IndexHNSWFlat(dimension + 1, GRAPH_NEIGHBOURS, metric)
    graph.hnsw.efConstruction = BUILD_CANDIDATES
    graph.add(np.column_stack([vectors, np.sqrt(squares.max() - squares)]).astype(np.float32))
    print(f"FAISS HNSW built in {time.perf_counter() - started:.0f} s", flush=True)
    await measure_cases(
        "FAISS HNSW",
        faiss_search(catalogue, graph, lambda chosen: faiss.SearchParametersHNSW(sel=chosen, efSearch=CANDIDATES)),
        cases,
    )


async def measure(catalogue: Catalogue, url: str, kinds: Sequence[str], *, with_faiss: bool) -> None:
    """Measure all kinds with these movies."""
    cases = [(case, catalogue.questions(case)) for case in CASES]
    if with_faiss:
        await measure_faiss(catalogue, cases)
    for kind in kinds:
        index = await open_index(f"{url}?index={kind}", timeout_s=120)
        version = f"benchmark{kind.replace('_', '')}"
        started = time.perf_counter()
        await index.publish(version, catalogue.movies, catalogue.vectors)
        print(f"{kind:<11} published in {time.perf_counter() - started:.0f} s", flush=True)
        await asyncio.sleep(SETTLE_S)
        await measure_cases(kind, server_search(index, version), cases)
        await index.drop(version)
        await index.close()


def main() -> None:
    """Measure each number of movies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("home", type=Path, help="a REELMATE_HOME with a data set and a release")
    parser.add_argument("--movies", type=int, nargs="+", default=[100_000], help="numbers of movies (default 100,000)")
    parser.add_argument(
        "--kinds", nargs="*", choices=KINDS, default=list(KINDS), help="kinds of indexes (default all, none: FAISS)"
    )
    parser.add_argument("--url", help="VECTORS_URL of a server (default: start one)")
    parser.add_argument("--no-faiss", action="store_true", help="do not measure FAISS")
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(1)
    print(processor())
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.url or (milvus_url(Path(folder)) if arguments.kinds else "")
        for count in arguments.movies:
            print(f"{count:,} movies")
            asyncio.run(
                measure(Catalogue(arguments.home, count), url, arguments.kinds, with_faiss=not arguments.no_faiss)
            )


if __name__ == "__main__":
    main()
