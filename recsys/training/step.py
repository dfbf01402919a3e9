"""One training step: candidate movies, scores, loss, update."""

from dataclasses import replace

import numpy as np
import paddle
from paddle import Tensor

from recsys.models.features import ProfileArrays
from recsys.models.network import Network, directions
from recsys.training.batches import Batch
from recsys.training.inputs import MovieInputs, popularity_weighted_mean
from recsys.training.losses import CandidateItems, inner_products, rated_items, rating_loss, sample_items, softmax_loss
from recsys.training.optimizer import IDS, INPUTS, Optimizer, TableRows
from recsys.training.options import TrainingOptions
from recsys.training.workers import Workers


class TrainingStep:
    """Updates a network's weights by one batch of people at a time, each worker by the gradients of all."""

    def __init__(
        self, network: Network, inputs: MovieInputs, optimizer: Optimizer, options: TrainingOptions, workers: Workers
    ) -> None:
        self._network = network
        self._inputs = inputs
        self._optimizer = optimizer
        self._options = options
        self._workers = workers

    def run(self, batch: Batch, rng: np.random.Generator) -> None:
        """Score the batch's people against candidate movies and descend along the gradient of the loss.

        Args:
            batch: the people of all workers.
            rng: draws the sampled movies and the id dropout, equal ones in each worker.
        """
        candidates = self._candidates(batch, rng)
        used: list[TableRows] = []
        movie_vectors = self._movie_vectors(candidates, rng, used)
        user_vectors = self._user_vectors(batch.profiles, movie_vectors, candidates, used)
        scores = inner_products(user_vectors, movie_vectors)
        if self._workers.count > 1:
            batch = batch.of_people(self._workers.rows(batch.size))
        if self._options.objective == "rating":
            loss = rating_loss(scores, batch, candidates, self._workers.total)
        else:
            loss = softmax_loss(scores, batch, candidates, self._options.best_star_weight, self._workers.total)
        loss.backward()
        self._optimizer.step(used)

    def _candidates(self, batch: Batch, rng: np.random.Generator) -> CandidateItems:
        if self._options.objective == "rating":
            return rated_items(batch)
        if len(self._inputs.popularity) > self._options.full_softmax_up_to:
            return sample_items(batch, self._inputs.popularity, self._options.negatives, rng)
        return CandidateItems()

    def _movie_vectors(self, candidates: CandidateItems, rng: np.random.Generator, used: list[TableRows]) -> Tensor:
        """Return (c, 256) vectors of the candidates, some of them without their id.

        Args:
            candidates: the movies.
            rng: draws which of them are without their id.
            used: gets the rows of the id table, if it is optimized by row.
        """
        tokens = self._inputs.tokens if candidates.movies is None else self._inputs.tokens[candidates.movies]
        keeps_id = (rng.random((tokens.shape[0], 1)) >= self._options.id_dropout).astype(np.float32)
        if candidates.movies is None or not self._optimizer.is_by_row:
            return self._network.movie_vectors(tokens, candidates.movies, keeps_id)
        ids = self._optimizer.rows(IDS, candidates.movies)
        used.append(ids)
        return self._network.movie_vectors(tokens, candidates.movies, keeps_id, ids.values)

    def _user_vectors(
        self, profiles: ProfileArrays, movie_vectors: Tensor, candidates: CandidateItems, used: list[TableRows]
    ) -> Tensor:
        """Return the (n, 256) user vectors of this worker's share of the profiles, `n` people.

        The user tower reads the vectors of answered movies as constants: no gradient flows through them to the movie
        tower.

        Args:
            profiles: the profiles of all workers. The rows of tables that they use are read by each worker.
            movie_vectors: (c, 256) of the candidates.
            candidates: the movies of these vectors.
            used: gets the rows of the input embeddings, if they are optimized by row.
        """
        vectors, popularity = movie_vectors.numpy(), self._inputs.popularity
        if candidates.movies is not None:
            # Answered movies need not be candidates, so their vectors are computed here.
            movies = np.unique(np.concatenate([profiles.answers.indices, profiles.rejected.indices])).astype(np.int64)
            if self._optimizer.is_by_row:
                self._optimizer.catch_up(IDS, movies)
            with paddle.no_grad():
                keeps_id = np.ones((len(movies), 1), np.float32)
                vectors = self._network.movie_vectors(self._inputs.tokens[movies], movies, keeps_id).numpy()
            profiles = replace(profiles, answers=profiles.answers[:, movies], rejected=profiles.rejected[:, movies])
            popularity = popularity[movies]
        tastes = np.ascontiguousarray(vectors[:, :-1])
        rejected = np.unique(profiles.rejected.indices)
        profiles = replace(profiles, rejected=profiles.rejected[:, rejected])
        rejected_vectors = vectors[rejected]
        if self._options.objective == "softmax":  # Centred, as every vector is before validation.
            rejected_vectors = rejected_vectors - popularity_weighted_mean(vectors, popularity)
        embeddings = None
        if self._optimizer.is_by_row:
            inputs = self._network.user.embedded(profiles.inputs)
            columns = np.unique(inputs.indices).astype(np.int64)
            profiles = replace(profiles, inputs=inputs[:, columns])
            used.append(self._optimizer.rows(INPUTS, columns))
            embeddings = used[-1].values
        if self._workers.count > 1:
            profiles = profiles.of_people(self._workers.rows(profiles.inputs.shape[0]))
        return self._network.user_vectors(profiles, tastes, directions(rejected_vectors), embeddings)
