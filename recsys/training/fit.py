"""Training of the towers, from a data set to a release; interrupted, it goes on where it was."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor
from paddle.utils import unique_name

from recsys.data.dataset import Dataset
from recsys.models.exposure import ExposureModel
from recsys.models.features import ProfileArrays, Vocabulary
from recsys.models.item_reranker import ItemReranker
from recsys.models.network import Network, directions
from recsys.models.towers import Towers, assemble
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, Split, measure, newcomers
from recsys.protocol.scorers import TowersScorer
from recsys.training.batches import Batch, BatchSource
from recsys.training.exposure import fit_exposure
from recsys.training.fingerprint import training_fingerprint
from recsys.training.informativeness import fit_informativeness
from recsys.training.item_reranker import Shortlists, fit_item_reranker
from recsys.training.losses import CandidateItems, inner_products, rated_items, rating_loss, sample_items, softmax_loss
from recsys.training.options import TrainingOptions

LISTED_DRAWS = 3
"""How often the validation newcomers' answers are drawn to choose the second stage's strength on."""


class Progress(NamedTuple):
    """How far training is: `done` of at most `total` epochs, and the best validation NDCG@10 so far."""

    done: int
    total: int
    validation_ndcg: float | None


def _silent(_: Progress) -> None:
    pass


def fit(
    dataset: Dataset,
    split: Split,
    options: TrainingOptions,
    *,
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = _silent,
) -> Towers:
    """Train on the split's train people, keep what served its validation newcomers best.

    Args:
        checkpoint: a file written at every look at the validation newcomers; where it holds a run of the same data,
            split and options, that run goes on and ends as if it had never stopped.
        progress: called after every epoch.

    Raises:
        ValueError: no train person has a rating.
    """
    run = _Run(dataset, split, options)
    if checkpoint is not None:
        run.restore(checkpoint)
    while not run.finished:
        run.one_epoch()
        if run.is_time_to_look:
            run.validate()
            if checkpoint is not None:
                run.store(checkpoint)
        progress(Progress(run.epoch, run.epochs, run.best_ndcg))
    return run.towers()


def train_release(
    dataset: Dataset,
    split: Split,
    options: TrainingOptions,
    folder: Path,
    *,
    progress: Callable[[Progress], None] = _silent,
) -> Towers:
    """Train as `fit` does, and write the release folder.

    An interrupted run leaves a checkpoint beside the folder, and the next one with the same data and options goes on.
    """
    checkpoint = folder.parent / f".{folder.name}.checkpoint"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    towers = fit(dataset, split, options, checkpoint=checkpoint, progress=progress)
    towers.save(folder)
    checkpoint.unlink(missing_ok=True)
    return towers


@dataclass(eq=False)
class _Run:
    """The state of one training run; everything that changes is in `store` and `restore`."""

    dataset: Dataset
    split: Split
    options: TrainingOptions
    epoch: int = 0
    best_ndcg: float | None = None
    best_state: dict[str, NDArray[Any]] | None = None
    looks_without_gain: int = 0
    epochs: int = field(init=False)
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        options, movies = self.options, self.dataset.movies
        self.fingerprint = training_fingerprint(self.dataset, self.split, options)
        trained = np.isin(self.dataset.rating_people, self.split.train)
        if not trained.any():
            raise ValueError("nobody in the data set has a rating to train on")
        exposure = fit_exposure(self.dataset, self.split.train)
        self._exposure = replace(
            exposure, informativeness=fit_informativeness(self.dataset, self.split.train, exposure)
        )
        self._source = BatchSource(
            self.dataset,
            self.split.train,
            batch_size=options.batch_size,
            anonymous=options.anonymous,
            demographic_dropout=options.demographic_dropout,
            interviews=options.interviews,
            exposure=self._exposure.informative_movies(),
        )
        self.epochs = max(options.epochs, -(-options.min_steps // self._source.steps))
        self._vocabulary = Vocabulary.build(movies)
        self._tokens = self._vocabulary.movie_matrix(movies)
        counts = np.bincount(self.dataset.rating_movies[trained], minlength=len(movies))
        self._popularity = counts.astype(np.float32)
        paddle.seed(options.seed)
        # The optimizer's state is keyed by names; under a guard they are the same in whatever process resumes the run.
        with unique_name.guard():
            self._network = Network(len(movies), len(self._vocabulary.tokens), options.objective, options.dropout)
        self._network.movie.start_bias(np.log1p(self._popularity))
        self._schedule = paddle.optimizer.lr.OneCycleLR(
            options.learning_rate,
            self.epochs * self._source.steps + 1,
            divide_factor=25,
            end_learning_rate=options.learning_rate / 1000,
            phase_pct=0.3,
        )
        decayed = {parameter.name for parameter in self._network.parameters() if parameter.ndim > 1}
        self._optimizer = paddle.optimizer.AdamW(
            self._schedule,
            parameters=self._network.parameters(),
            weight_decay=0.0 if options.objective == "rating" else options.weight_decay,
            apply_decay_param_fun=decayed.__contains__,
        )
        self._validation: list[Newcomer] = newcomers(self.dataset, self.split.validation, options.seed)

    @property
    def finished(self) -> bool:
        return self.epoch >= self.epochs or self.looks_without_gain >= self.options.patience

    @property
    def is_time_to_look(self) -> bool:
        return self.epoch % max(1, self.epochs // self.options.validations) == 0 or self.epoch == self.epochs

    def one_epoch(self) -> None:
        of_batches, of_steps = np.random.default_rng((self.options.seed, self.epoch)).spawn(2)
        paddle.seed(int(of_steps.integers(2**31)))
        self._network.train()
        for batch in _drawn_ahead(self._source.epoch(of_batches, self.epoch / self.epochs)):
            self._step(batch, of_steps)
        self.epoch += 1

    def _step(self, batch: Batch, rng: np.random.Generator) -> None:
        options, movie_count = self.options, len(self.dataset.movies)
        if options.objective == "rating":
            columns = rated_items(batch)
        elif movie_count > options.full_softmax_up_to:
            columns = sample_items(batch, self._popularity, options.negatives, rng)
        else:
            columns = CandidateItems()
        tokens = self._tokens if columns.movies is None else self._tokens[columns.movies]
        kept = (rng.random((tokens.shape[0], 1)) >= options.id_dropout).astype(np.float32)
        movie_vectors = self._network.movie_vectors(tokens, columns.movies, kept)
        scores = inner_products(self._user_vectors(batch.profiles, movie_vectors, columns), movie_vectors)
        if options.objective == "rating":
            loss = rating_loss(scores, batch, columns)
        else:
            loss = softmax_loss(scores, batch, columns, options.best_star_weight)
        loss.backward()
        with unique_name.guard():
            self._optimizer.step()
        self._optimizer.clear_grad(set_to_zero=False)
        self._schedule.step()

    def _user_vectors(self, profiles: ProfileArrays, movie_vectors: Tensor, columns: CandidateItems) -> Tensor:
        """The user tower reads the movie vectors as they are, and teaches them nothing by that."""
        vectors, chosen, popularity = movie_vectors.numpy(), profiles, self._popularity
        if columns.movies is not None:
            told = np.unique(np.concatenate([profiles.answers.indices, profiles.rejected.indices])).astype(np.int64)
            with paddle.no_grad():
                kept = np.ones((len(told), 1), np.float32)
                vectors = self._network.movie_vectors(self._tokens[told], told, kept).numpy()
            chosen = replace(profiles, answers=profiles.answers[:, told], rejected=profiles.rejected[:, told])
            popularity = self._popularity[told]
        tastes = np.ascontiguousarray(vectors[:, :-1])
        rejected = np.unique(chosen.rejected.indices)
        chosen = replace(chosen, rejected=chosen.rejected[:, rejected])
        pushed = vectors[rejected]
        if self.options.objective == "softmax":  # as `_centre` will have it
            pushed = pushed - _popular_mean(vectors, popularity)
        return self._network.user_vectors(chosen, tastes, directions(pushed))

    def validate(self) -> None:
        if not self._validation:
            return
        self._centre()
        scorer = TowersScorer(self._assembled(None))
        ndcg = float(np.mean([measure(self.dataset, self._validation, scorer, k).ndcg for k in ANSWER_COUNTS]))
        gained = self.best_ndcg is None or ndcg > self.best_ndcg
        if gained:
            self.looks_without_gain = 0
        elif self.epoch > self.epochs // 2:
            self.looks_without_gain += 1
        if gained or ndcg == self.best_ndcg:  # of equals the later, which has learned more than so few people can show
            self.best_ndcg = ndcg
            self.best_state = self._network.weights()

    def towers(self) -> Towers:
        if self.best_state is not None:
            self._network.load_weights(self.best_state)
        self._centre()
        if self.options.objective != "softmax" or not self._validation:
            return self._assembled(self.best_ndcg, exposure=self._exposure)
        people = [
            one
            for draw in range(LISTED_DRAWS)
            for one in newcomers(self.dataset, self.split.validation, self.options.seed + draw)
        ]
        lists = Shortlists.of(self.dataset, people, TowersScorer(self._assembled(None)))
        links = fit_item_reranker(self.dataset, self.split.train, lists)
        return self._assembled(lists.ndcg(lists.added(links)), links, self._exposure)

    def _centre(self) -> None:
        """Move all movies so that the mean over what people watch is 0.

        Otherwise a score alone would mean nothing. Centred, it says how much more a person wants this movie than what
        is watched on average, and explanations may compare the scores of one movie between two profiles. What a
        rejection pushes away from is a direction as seen from there. Scores that are stars have their own zero.
        """
        if self.options.objective == "softmax":
            centre, vectors = self._network.centre, self._assembled(None).movie_vectors()[1]
            centre.set_value(centre.numpy() + _popular_mean(vectors, self._popularity))

    def _assembled(
        self, ndcg: float | None, item_reranker: ItemReranker | None = None, exposure: ExposureModel | None = None
    ) -> Towers:
        return assemble(
            self._network,
            self._vocabulary,
            self.dataset.movies,
            seed=self.options.seed,
            dataset=self.dataset.name,
            validation_ndcg=ndcg,
            trained_on=self.fingerprint,
            item_reranker=item_reranker,
            exposure=exposure,
        )

    def store(self, file: Path) -> None:
        unfinished = file.with_suffix(".part")
        state = {
            "fingerprint": self.fingerprint,
            "epoch": self.epoch,
            "best_ndcg": self.best_ndcg,
            "best_state": self.best_state,
            "looks_without_gain": self.looks_without_gain,
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        paddle.save(state, str(unfinished))
        unfinished.replace(file)

    def restore(self, file: Path) -> None:
        if not file.exists():
            return
        state = paddle.load(str(file), return_numpy=False)
        if state["fingerprint"] != self.fingerprint:
            return
        self.epoch, self.looks_without_gain = state["epoch"], state["looks_without_gain"]
        self.best_ndcg, self.best_state = state["best_ndcg"], state["best_state"]
        self._network.set_state_dict(state["network"])
        self._optimizer.set_state_dict(state["optimizer"])


def _drawn_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches; while one is worked on, a thread draws the next."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = thread.submit(next, batches, None)
            yield batch


def _popular_mean(vectors: NDArray[np.float32], popularity: NDArray[np.float32]) -> NDArray[np.float32]:
    """(256,) mean of (m, 256) movie vectors over what people watch."""
    weights = popularity + 1
    mean: NDArray[np.float32] = weights @ vectors / max(1.0, weights.sum())
    return mean
