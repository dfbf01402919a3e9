"""The recommendation as a Towhee pipeline: the same results as the engine, and steps that can be replaced."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.serving.publish import publish
from recsys.serving.recommender import Recommender
from recsys.serving.requests import Request
from recsys.towhee_pipeline import Operators, recommendation_pipeline
from storage.metadata import open_metadata
from storage.records import MovieFilter
from storage.sql import Catalogue
from storage.vectors import open_index

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-towhee" / "bin" / "python"
REQUESTS = (
    Request(Profile("F", 28, 4, {})),
    Request(Profile("F", 28, 4, {10: 5.0, 30: 5.0})),
    Request(Profile("F", 28, 4, {10: 5.0, 30: 1.0, 20: 4.0}), frozenset((40, 60)), MovieFilter(year_from=1960)),
)


@pytest.fixture
async def recommender(reranked_towers: Towers, board: Dataset, catalogue: Catalogue) -> Recommender:
    """A recommender with a second stage, over the checkerboard."""
    await catalogue.replace(board.movies)
    index = await open_index("memory://")
    await publish(reranked_towers, board.movies, index)
    return Recommender(reranked_towers, index, open_metadata("sql", catalogue), movies=board.movies)


@pytest.mark.parametrize("request_", REQUESTS)
async def test_the_steps_give_what_the_engine_gives(recommender: Recommender, request_: Request) -> None:
    """The steps of the pipeline, one after the other."""
    steps = Operators.of(recommender, 5)

    def run() -> object:
        person = steps.encode(request_)
        vectors = steps.user_vectors(person)
        ranked = steps.rank(request_, person, vectors, steps.search(request_, person, vectors))
        return steps.explain(person, vectors, ranked, steps.describe(ranked))

    expected = await recommender.for_person(request_.profile, 5, request_.exclude, request_.where)
    assert await asyncio.to_thread(run) == expected
    assert len(expected) == 5


async def test_without_towhee(recommender: Recommender) -> None:
    """The error is one sentence with the command that installs it."""
    with pytest.raises(ImportError, match=r"needs Towhee .*: pip install 'reelmate\[towhee\]'$"):
        recommendation_pipeline(Operators.of(recommender, 5))


@pytest.mark.slow
async def test_the_pipeline_gives_what_the_engine_gives(
    reranked_towers: Towers, board: Dataset, catalogue: Catalogue, database_url: str, tmp_path: Path
) -> None:
    """In an environment with Towhee, over Milvus Lite. A pipeline with another search gives other results."""
    if not (PYTHON.parents[1] / ".installed").exists():
        problem = "Towhee is not installed (make towhee)"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    await catalogue.replace(board.movies)
    reranked_towers.save(tmp_path / "release")
    requests = [
        {
            "ratings": dict(request.profile.ratings),
            "exclude": list(request.exclude),
            "year_from": request.where.year_from,
        }
        for request in REQUESTS
    ]
    arguments = [str(tmp_path / "release"), database_url, f"milvus+lite:///{tmp_path}/milvus.db", json.dumps(requests)]
    process = await asyncio.to_thread(
        subprocess.run,
        [str(PYTHON), str(ROOT / "tests" / "towhee_process.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.returncode == 0, process.stderr[-3_000:]
    results = json.loads(process.stdout)
    assert len(results) == len(REQUESTS)
    for result in results:
        assert len(result["engine"]) == 5
        assert [row[:2] + row[3:] for row in result["pipeline"]] == [row[:2] + row[3:] for row in result["engine"]]
        assert [row[2] for row in result["pipeline"]] == pytest.approx([row[2] for row in result["engine"]], abs=1e-4)
        assert len(result["replaced"]) < 5
