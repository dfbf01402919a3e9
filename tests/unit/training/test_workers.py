"""Two processes train one model: the same as one process trains, also after one of them was killed."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.newcomers import split_people
from recsys.training.fit import fit
from recsys.training.options import TrainingOptions
from tests.demo_process import environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]

DENSE = TrainingOptions(epochs=2, min_steps=0, validations=2, batch_size=53, dropout=0.0)
"""Three batches of 53 people and one of a single person, which two workers cannot divide; 160 people train."""

BY_ROW = dataclasses.replace(DENSE, full_softmax_up_to=20, negatives=30)
RATING = dataclasses.replace(DENSE, objective="rating")


def train(folder: Path, options: TrainingOptions, event: str = "") -> subprocess.CompletedProcess[str]:
    """Train with two workers in processes of their own."""
    arguments = str(folder), "2", json.dumps(dataclasses.asdict(options)), event
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.worker_training", *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )


def difference(vectors: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Return the length of the difference in lengths of the expected vectors.

    Different orders of summation make .003 of it: AdamW moves a number of small gradient by the sign of that gradient.
    Workers that keep their gradients to themselves make .11.
    """
    return float(np.linalg.norm(vectors - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("options", [DENSE, BY_ROW, RATING], ids=["dense", "by row", "rating"])
def test_two_workers_train_as_one(board: Dataset, tmp_path: Path, options: TrainingOptions) -> None:
    """Without dropout, which each worker draws for itself, the gradients add up to those of one process."""
    ended = train(tmp_path / "release", options)
    assert ended.returncode == 0, ended.stderr
    alone, together = fit(board, split_people(board, 0), options), Towers.load(tmp_path / "release")
    assert difference(together.movie_vectors()[1], alone.movie_vectors()[1]) < 0.02
    profiles = [Profile(), Profile("F"), Profile(ratings={10: 5.0, 20: 1.0})]
    assert difference(together.user_vectors(profiles), alone.user_vectors(profiles)) < 0.02
    assert together.info.validation_ndcg == pytest.approx(alone.info.validation_ndcg, rel=0.01)


@pytest.mark.parametrize("event", ["killed", "lost"])
def test_a_killed_worker_ends_the_run_which_resumes(tmp_path: Path, event: str) -> None:
    """If a worker is killed, all end. The next run continues and ends with the weights of an uninterrupted one."""
    options = dataclasses.replace(DENSE, dropout=0.5)
    interrupted = train(tmp_path / "release", options, event)
    assert interrupted.returncode != 0
    if event == "lost":
        assert "a training worker ended with status -9" in interrupted.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".release.checkpoint"]
    assert train(tmp_path / "release", options).returncode == 0
    assert train(tmp_path / "uninterrupted", options).returncode == 0
    resumed, uninterrupted = (Towers.load(tmp_path / name) for name in ("release", "uninterrupted"))
    assert difference(resumed.movie_vectors()[1], uninterrupted.movie_vectors()[1]) < 1e-6


def test_paddle_launches_the_workers(tmp_path: Path) -> None:
    """The first of the launched workers reads the data and writes the release; if nothing has changed, all end."""
    launch = (*(sys.executable, "-m", "paddle.distributed.launch"), "--nproc_per_node", "2", "--log_dir", str(tmp_path))
    command = "train", "--starter", "--epochs", "1", "--out", str(tmp_path / "release")
    for expected in ("validation ndcg", "nothing has changed since release"):
        ended = subprocess.run(  # noqa: S603 - our own program
            [*launch, str(Path(sys.executable).with_name("reelmate")), *command],
            env=environment(tmp_path / "home", PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
        assert expected in (tmp_path / "workerlog.0").read_text()
    assert Towers.load(tmp_path / "release").info.validation_ndcg is not None
