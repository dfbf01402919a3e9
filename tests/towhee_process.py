"""Recommends movies with the engine and with its Towhee pipeline, and prints both as JSON.

This script runs in the environment of `make towhee`, which has Towhee and the project's packages.

Usage: towhee_process.py RELEASE DATABASE_URL VECTORS_URL REQUESTS

The database has the catalogue. REQUESTS is a JSON list of objects with the keys ratings, exclude and year_from. Each
result has the keys engine, pipeline and replaced: the ids, scores and reasons of the engine and of the pipeline, and
the ids of the pipeline with another search.
"""

import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.serving.publish import publish
from recsys.serving.recommender import Recommender
from recsys.serving.requests import Recommendation, Request
from recsys.towhee_pipeline import Candidates, Operators, recommendation_pipeline
from storage.metadata import open_metadata
from storage.records import MovieFilter
from storage.sql import Catalogue, Database
from storage.vectors import open_index

LENGTH = 5


async def main(release: str, database_url: str, vectors_url: str, requests: list[dict[str, Any]]) -> None:
    """Publish the release and answer the requests."""
    towers = Towers.load(release)
    index = await open_index(vectors_url)
    try:
        async with Database(database_url) as database:
            catalogue = Catalogue(database)
            movies = await catalogue.all()
            await publish(towers, movies, index)
            recommender = Recommender(towers, index, open_metadata("sql", catalogue), movies=movies)
            sys.stdout.write(json.dumps([await answer(recommender, request) for request in map(read, requests)]))
    finally:
        await index.close()


def read(request: dict[str, Any]) -> Request:
    """Return the request of a JSON object."""
    ratings = {int(movie_id): stars for movie_id, stars in request["ratings"].items()}
    return Request(
        Profile("F", 28, 4, ratings), frozenset(request["exclude"]), MovieFilter(year_from=request["year_from"])
    )


async def answer(recommender: Recommender, request: Request) -> dict[str, Any]:
    """Return the recommendations of the engine, of its pipeline, and of a pipeline that finds two movies only."""
    operators = Operators.of(recommender, LENGTH)

    def search(request: Request, person: Any, vectors: Any) -> Candidates:
        ids, scores = operators.search(request, person, vectors)
        return ids[:2], scores[:2].astype(np.float32)

    engine = await recommender.for_person(request.profile, LENGTH, request.exclude, request.where, style=request.style)
    results = []
    for steps in (operators, replace(operators, search=search)):
        [recommendations] = (await asyncio.to_thread(recommendation_pipeline(steps), request)).get()
        results.append(recommendations)
    return {"engine": shown(engine), "pipeline": shown(results[0]), "replaced": [one[0] for one in shown(results[1])]}


def shown(recommendations: Iterable[Recommendation]) -> list[list[Any]]:
    """Return what distinguishes recommendations."""
    return [[one.movie.movie_id, one.movie.title, one.score, one.rank, repr(one.reason)] for one in recommendations]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], json.loads(sys.argv[4])))
