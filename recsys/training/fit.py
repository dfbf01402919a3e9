"""Train towers on a data set; an interrupted run can be resumed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle.utils import unique_name

from recsys.data.dataset import Dataset
from recsys.models.exposure import ExposureModel
from recsys.models.item_reranker import ItemReranker
from recsys.models.neighbours import Neighbours
from recsys.models.network import Network
from recsys.models.new_movie_bias import NewMovieBias
from recsys.models.towers import Towers, assemble
from recsys.protocol.newcomers import Split, newcomers
from recsys.protocol.scorers import TowersScorer
from recsys.training.batches import BatchSource, prefetched
from recsys.training.checkpoint import Checkpoint
from recsys.training.exposure import fit_exposure
from recsys.training.fingerprint import training_fingerprint
from recsys.training.informativeness import fit_informativeness
from recsys.training.inputs import MovieInputs, popularity_weighted_mean
from recsys.training.neighbours import fit_neighbours
from recsys.training.new_movie_bias import fit_new_movie_bias
from recsys.training.optimizer import Optimizer
from recsys.training.options import LARGE_CATALOGUE, TrainingOptions
from recsys.training.second_stage.fitting import fit_second_stage
from recsys.training.step import TrainingStep
from recsys.training.validation import EarlyStopping, validation_ndcg
from recsys.training.workers import WorkerLost, Workers
from storage.private_files import make_private_folder

PART_STEPS = 50
"""A run can be interrupted and resumed after so many steps of an epoch."""

CHECKPOINT_INTERVAL_S = 60.0
"""A checkpoint is written at the end of a part if the last one is so old. Every validation writes one, too."""


class Progress(NamedTuple):
    """Progress of a training run.

    Attributes:
        done: finished epochs.
        total: largest number of epochs.
        validation_ndcg: the best validation NDCG@10 so far.
        of_epoch: the finished share of the epoch that is running, 0..1.
    """

    done: int
    total: int
    validation_ndcg: float | None
    of_epoch: float = 0.0

    @property
    def share(self) -> float:
        """The finished share of the training, 0..1."""
        return (self.done + self.of_epoch) / self.total


StageProgress = Callable[[str, float], None]
"""Takes the name of a step before or after the epochs, and the share of it that is done, 0..1."""


def _ignore_progress(_: Progress) -> None:
    pass


def _ignore_stage(stage: str, share: float) -> None:
    pass


def fit(
    dataset: Dataset,
    split: Split,
    options: TrainingOptions,
    *,
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = _ignore_progress,
    show_stage: StageProgress = _ignore_stage,
    workers: Workers | None = None,
    vectors_only: bool = False,
) -> Towers:
    """Train on the split's train people; return the towers that were best for its validation newcomers.

    Args:
        checkpoint: file written after every validation, and about every CHECKPOINT_INTERVAL_S. If it holds a run with
            the same data, split, options and code, that run is resumed, with the same result as if it had not been
            interrupted.
        progress: called after every epoch, and after every PART_STEPS steps of a longer one.
        show_stage: called before, during and after the fits that come before and after the epochs.
        workers: the workers that train together, of which this is the first; None for this process alone. The others
            call `assist`.
        vectors_only: whether to leave out the item re-ranker and the neighbours, which change no vector.

    Raises:
        ValueError: no train person has a rating.
        WorkerLost: another worker has ended.
    """
    run = _TrainingRun(dataset, split, options, workers or Workers(), show_stage)
    if checkpoint is not None:
        run.resume(checkpoint)
    run.share_state()
    saved_at = time.monotonic()
    while not run.is_finished:
        run.train_part()
        is_validated = run.is_validation_due
        if is_validated:
            run.validate()
        if checkpoint is not None and (is_validated or time.monotonic() - saved_at >= CHECKPOINT_INTERVAL_S):
            run.checkpoint().save(checkpoint)
            saved_at = time.monotonic()
        progress(run.progress())
    return run.towers(vectors_only=vectors_only)


def assist(dataset: Dataset, split: Split, options: TrainingOptions, workers: Workers) -> None:
    """Train together with the first worker, which calls `fit` with the same data, split and options.

    Raises:
        WorkerLost: another worker has ended.
    """
    run = _TrainingRun(dataset, split, options, workers)
    run.share_state()
    while not run.is_finished:
        run.train_part()
        if run.is_validation_due:
            run.validate()


def train_release(
    dataset: Dataset,
    split: Split,
    options: TrainingOptions,
    folder: Path,
    *,
    progress: Callable[[Progress], None] = _ignore_progress,
    show_stage: StageProgress = _ignore_stage,
    workers: Workers | None = None,
) -> Towers:
    """Train as `fit` does, and write the release folder.

    An interrupted run leaves a checkpoint beside the folder; the next run with the same data and options resumes it.
    """
    checkpoint = folder.parent / f".{folder.name}.checkpoint"
    make_private_folder(checkpoint.parent)
    towers = fit(
        dataset, split, options, checkpoint=checkpoint, progress=progress, show_stage=show_stage, workers=workers
    )
    towers.save(folder)
    checkpoint.unlink(missing_ok=True)
    return towers


class _TrainingRun:
    """One training run; everything that changes during it is in its `checkpoint`."""

    def __init__(
        self,
        dataset: Dataset,
        split: Split,
        options: TrainingOptions,
        workers: Workers,
        show_stage: StageProgress = _ignore_stage,
    ) -> None:
        if not np.isin(dataset.rating_people, split.train).any():
            raise ValueError("nobody in the data set has a rating to train on")
        self._dataset = dataset
        self._split = split
        self._options = options
        self._fingerprint = training_fingerprint(dataset, split, options)
        self._workers = workers
        self._show_stage = show_stage
        with self._stage("exposure"):
            self._exposure = _exposure_model(dataset, split.train, workers)
        self._batches = BatchSource(
            dataset,
            split.train,
            batch_size=options.batch_size,
            anonymous=options.anonymous,
            demographic_dropout=options.demographic_dropout,
            interviews=options.interviews,
            exposure=self._exposure.informative_movies(),
        )
        self._epoch = self._part = 0
        self._epochs = options.epochs_of(self._batches.steps)
        self._inputs = MovieInputs.of(dataset, split.train)
        self._network = _initial_network(self._inputs, options)
        # In the complete softmax every movie has a gradient in every step.
        by_row = options.objective == "softmax" and len(dataset.movies) > options.full_softmax_up_to
        total_steps = self._epochs * self._batches.steps + 1
        self._optimizer = Optimizer(self._network, options, total_steps, by_row=by_row, workers=workers)
        self._step = TrainingStep(self._network, self._inputs, self._optimizer, options, workers)
        self._validation_people = newcomers(dataset, split.validation, options.seed)
        self._stopping = EarlyStopping(options.patience)

    @property
    def is_finished(self) -> bool:
        return self._epoch >= self._epochs or self._stopping.is_due

    @property
    def is_validation_due(self) -> bool:
        interval = max(1, self._epochs // self._options.validations)
        return self._part == 0 and (self._epoch % interval == 0 or self._epoch == self._epochs)

    def progress(self) -> Progress:
        of_epoch = self._part * PART_STEPS / self._batches.steps
        return Progress(self._epoch, self._epochs, self._stopping.best_ndcg, of_epoch)

    def train_part(self) -> None:
        """Train the next PART_STEPS steps of the epoch, or as many as are left."""
        # Each part has its own generators, so that a resumed run draws what an uninterrupted one would.
        batch_rng, step_rng = np.random.default_rng((self._options.seed, self._epoch)).spawn(2)
        order = self._batches.order(batch_rng)
        if self._part:
            batch_rng, step_rng = np.random.default_rng((self._options.seed, self._epoch, self._part)).spawn(2)
        paddle.seed(int(step_rng.integers(2**31)) + self._workers.rank)  # dropout in the user tower
        self._network.train()
        size = PART_STEPS * self._options.batch_size
        people = order[self._part * size : (self._part + 1) * size]
        for batch in prefetched(self._batches.batches(people, batch_rng, self._epoch / self._epochs)):
            self._step.run(batch, step_rng)
        self._part += 1
        if self._part * size >= len(order):
            self._epoch, self._part = self._epoch + 1, 0

    def validate(self) -> None:
        if not self._validation_people:
            return
        self._optimizer.catch_up_all()
        self._centre_movie_vectors()
        ndcg = 0.0
        if self._workers.is_first:
            ndcg = validation_ndcg(self._dataset, self._validation_people, self._assemble(None))
        ndcg = self._workers.total(ndcg)
        self._stopping.update(ndcg, self._network, is_second_half=self._epoch > self._epochs // 2)

    def towers(self, *, vectors_only: bool) -> Towers:
        """Return the best towers; with the softmax objective, fit the other parts of a release to them."""
        self._optimizer.catch_up_all()
        self._stopping.load_best(self._network)
        self._centre_movie_vectors()
        ndcg = self._stopping.best_ndcg
        if self._options.objective != "softmax":
            return self._assemble(ndcg, exposure=self._exposure)
        bias = fit_new_movie_bias(self._inputs.tokens, self._dataset.movies, self._movie_vectors())
        if vectors_only:
            return self._assemble(ndcg, exposure=self._exposure, new_movie_bias=bias)
        neighbours = self._neighbours()
        if not self._validation_people:
            return self._assemble(ndcg, None, self._exposure, neighbours, bias)
        with self._stage("second stage"):
            scorer = TowersScorer(self._assemble(None))
            reranker, ndcg = fit_second_stage(
                self._dataset,
                self._split,
                self._options.seed,
                scorer,
                lambda share: self._show_stage("second stage", share),
            )
        return self._assemble(ndcg, reranker, self._exposure, neighbours, bias)

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(
            fingerprint=self._fingerprint,
            epoch=self._epoch,
            part=self._part,
            best_ndcg=self._stopping.best_ndcg,
            best_weights=self._stopping.best_weights or {},
            validations_without_gain=self._stopping.validations_without_gain,
            network=self._network.weights(),
            optimizer=self._optimizer.moments(),
            schedule=self._optimizer.schedule(),
        )

    def resume(self, path: Path) -> None:
        """Continue from the checkpoint, if there is one of this very run."""
        checkpoint = Checkpoint.load(path, self._fingerprint)
        if checkpoint is not None:
            self._continue(checkpoint)

    def share_state(self) -> None:
        """Give every worker the state of the first one.

        Raises:
            WorkerLost: another worker has ended, or it trains with other data, options or code.
        """
        if self._workers.count == 1:
            return
        checkpoint = self.checkpoint().of_first(self._workers)
        if checkpoint is None:
            raise WorkerLost("the first training worker has other data, options or another version of Reelmate")
        self._continue(checkpoint)

    def _continue(self, checkpoint: Checkpoint) -> None:
        self._epoch, self._part = checkpoint.epoch, checkpoint.part
        self._stopping.best_ndcg = checkpoint.best_ndcg
        self._stopping.best_weights = dict(checkpoint.best_weights) or None
        self._stopping.validations_without_gain = checkpoint.validations_without_gain
        self._network.load_weights(checkpoint.network)
        self._optimizer.resume(checkpoint.optimizer, checkpoint.schedule)

    def _centre_movie_vectors(self) -> None:
        """Shift all movie vectors so that their popularity-weighted mean is 0; the softmax objective only.

        The softmax leaves this shift free, so without it a score alone would mean nothing. Centred, a score says how
        much more a person wants this movie than the average watched one. Explanations can then compare the scores of
        one movie between two profiles. A rejection pushes away from the direction of a centred vector. The rating
        objective needs no shift: its scores are stars, which have a zero.
        """
        if self._options.objective == "softmax":
            centre, vectors = self._network.centre, self._movie_vectors()
            centre.set_value(centre.numpy() + popularity_weighted_mean(vectors, self._inputs.popularity))

    def _neighbours(self) -> Neighbours:
        """Return the neighbours of the movies. Nothing about them is tuned, so validation people count, too."""
        people = np.concatenate([self._split.train, self._split.validation])
        with self._stage("neighbours"):
            return fit_neighbours(
                self._dataset, people, self._movie_vectors(), lambda share: self._show_stage("neighbours", share)
            )

    def _movie_vectors(self) -> NDArray[np.float32]:
        """Return the (m, 256) centred vectors of all movies."""
        self._network.eval()
        return self._network.frozen_movie_vectors(
            self._inputs.tokens, np.ones((len(self._dataset.movies), 1), np.float32)
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        """Show the begin and the end of a step outside of the epochs."""
        self._show_stage(name, 0.0)
        yield
        self._show_stage(name, 1.0)

    def _assemble(
        self,
        ndcg: float | None,
        item_reranker: ItemReranker | None = None,
        exposure: ExposureModel | None = None,
        neighbours: Neighbours | None = None,
        new_movie_bias: NewMovieBias | None = None,
    ) -> Towers:
        return assemble(
            self._network,
            self._inputs.vocabulary,
            self._dataset.movies,
            seed=self._options.seed,
            dataset=self._dataset.name,
            validation_ndcg=ndcg,
            trained_on=self._fingerprint,
            item_reranker=item_reranker,
            exposure=exposure,
            neighbours=neighbours,
            new_movie_bias=new_movie_bias,
            tokens=self._inputs.tokens,
        )


def _input_movies(popularity: NDArray[np.float32]) -> NDArray[np.int64] | None:
    """Return the most rated movies of a large catalogue, whose answers have embeddings; None for all movies."""
    if len(popularity) <= LARGE_CATALOGUE:
        return None
    return np.sort(np.argsort(-popularity, kind="stable")[:LARGE_CATALOGUE])


def _exposure_model(dataset: Dataset, people: NDArray[np.int64], workers: Workers) -> ExposureModel:
    """Return the first worker's exposure model. Pages are drawn by it, and must be equal in all workers."""
    exposure = ExposureModel.none()
    if workers.is_first:
        exposure = fit_exposure(dataset, people)
        exposure = replace(exposure, informativeness=fit_informativeness(dataset, people, exposure))
    return ExposureModel(**workers.share(asdict(exposure)))


def _initial_network(inputs: MovieInputs, options: TrainingOptions) -> Network:
    """Return a network with random weights, drawn by the seed, whose movie biases are the log of the popularity."""
    movie_count, token_count = len(inputs.popularity), len(inputs.vocabulary.tokens)
    paddle.seed(options.seed)
    # The optimizer's state is keyed by parameter names. Under a guard any process that resumes gives the same names.
    with unique_name.guard():
        network = Network(
            movie_count, token_count, options.objective, options.dropout, input_movies=_input_movies(inputs.popularity)
        )
    network.movie.start_bias(np.log1p(inputs.popularity))
    return network
