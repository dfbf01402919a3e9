"""Recommendations as a Towhee pipeline: profile, user tower, Milvus, re-ranking, metadata, reasons.

    import asyncio
    from dataclasses import replace
    from recsys.serving.requests import Request
    from recsys.towhee_pipeline import Operators, recommendation_pipeline

    # In the event loop in which the stores of the recommender were opened.
    operators = Operators.of(recommender, n=10)
    pipeline = recommendation_pipeline(operators)
    [recommendations] = (await asyncio.to_thread(pipeline, Request(Profile(ratings={1: 5.0})))).get()

    # The same pipeline with another step.
    pipeline = recommendation_pipeline(replace(operators, search=my_search))

The steps are those of `Recommender.for_people`, and the results are equal. Towhee runs them in its own threads, so the
pipeline must not be called in the thread of the event loop, which would wait for itself. An error of a step becomes a
RuntimeError of Towhee with the traceback as its message.

Towhee is an extra, because it needs a setuptools of before 81: `pip install 'reelmate[towhee]'`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from recsys.models.features import EncodedProfile
from recsys.serving.recommender import Candidates, Recommender
from recsys.serving.requests import Recommendation, Request
from storage.records import Movie

Result = TypeVar("Result")
Ranked = list[tuple[int, float]]

TIMEOUT_S = 60.0
"""Deadline of a step that asks a store. The stores have shorter ones, so it only ends calls in the wrong thread."""


@dataclass(frozen=True, slots=True)
class Operators:
    """The steps of the pipeline. Each can be replaced by another function, or by an operator of Towhee's `ops`.

    A function must not be a method, because Towhee copies what a pipeline is made of, with the object of a method.

    Attributes:
        encode: the profile in the terms of the model.
        user_vectors: (2 + k, 256) float32: of the profile, without its demographics, and without each of k likes.
        search: ids and scores of the nearest movies, from Milvus or another vector index.
        rank: (movie id, score) of the movies of the list, best first.
        describe: movie id -> metadata.
        explain: the movies with metadata, rank and reason.
    """

    encode: Callable[[Request], EncodedProfile]
    user_vectors: Callable[[EncodedProfile], NDArray[np.float32]]
    search: Callable[[Request, EncodedProfile, NDArray[np.float32]], Candidates]
    rank: Callable[[Request, EncodedProfile, NDArray[np.float32], Candidates], Ranked]
    describe: Callable[[Ranked], Mapping[int, Movie]]
    explain: Callable[[EncodedProfile, NDArray[np.float32], Ranked, Mapping[int, Movie]], list[Recommendation]]

    @classmethod
    def of(cls, recommender: Recommender, n: int, loop: asyncio.AbstractEventLoop | None = None) -> "Operators":
        """Return the steps of a recommender for lists of n movies.

        Args:
            recommender: with its stores open.
            n: how many movies a list has.
            loop: the event loop of the stores; None for the one that is running.
        """
        stores = asyncio.get_running_loop() if loop is None else loop

        def result_of(work: Coroutine[Any, Any, Result]) -> Result:
            return asyncio.run_coroutine_threadsafe(work, stores).result(TIMEOUT_S)

        def encode(request: Request) -> EncodedProfile:
            return recommender.towers.vocabulary.encode(request.profile)

        def user_vectors(person: EncodedProfile) -> NDArray[np.float32]:
            return recommender.user_vectors([person])[0]

        def search(request: Request, person: EncodedProfile, vectors: NDArray[np.float32]) -> Candidates:
            exclude, where, text, style = [request.exclude], request.where, request.text, request.style
            return result_of(recommender.candidates([person], vectors[:1], n, exclude, where, text, style))[0]

        def rank(
            request: Request, person: EncodedProfile, vectors: NDArray[np.float32], candidates: Candidates
        ) -> Ranked:
            exclude, where, text, style = request.exclude, request.where, request.text, request.style
            return recommender.choose(person, vectors[0], candidates, n, exclude, where, text, style)

        def describe(ranked: Ranked) -> Mapping[int, Movie]:
            return result_of(recommender.metadata.get_many({movie_id for movie_id, _ in ranked}))

        def explain(
            person: EncodedProfile, vectors: NDArray[np.float32], ranked: Ranked, movies: Mapping[int, Movie]
        ) -> list[Recommendation]:
            return recommender.explain(ranked, person, vectors, movies)

        return cls(encode, user_vectors, search, rank, describe, explain)


def recommendation_pipeline(operators: Operators) -> Any:
    """Return a `towhee.RuntimePipeline` from a Request to a list of Recommendations.

    Raises:
        ImportError: Towhee is not installed. The message says how to install it.
    """
    try:
        from towhee import pipe
    except ImportError as error:
        raise ImportError(f"the pipeline needs Towhee ({error}): pip install 'reelmate[towhee]'") from None
    return (
        pipe.input("request")
        .map("request", "person", operators.encode)
        .map("person", "user_vectors", operators.user_vectors)
        .map(("request", "person", "user_vectors"), "candidates", operators.search)
        .map(("request", "person", "user_vectors", "candidates"), "ranked", operators.rank)
        .map("ranked", "movies", operators.describe)
        .map(("person", "user_vectors", "ranked", "movies"), "recommendations", operators.explain)
        .output("recommendations")
    )
