"""RecVAE, a variational autoencoder over people's likes (Shenbin et al., WSDM 2020, arXiv:1912.11160)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import numpy as np
import paddle
import paddle.nn.functional as F
from numpy.typing import NDArray
from paddle import Tensor, nn

from recsys.data.dataset import Dataset
from recsys.evaluation.baselines.histories import Histories, answer_rows, weigh
from recsys.evaluation.newcomers import FitProgress, ignore_progress
from recsys.profile import Profile
from recsys.protocol.newcomers import ANSWER_COUNTS, Split, measure, newcomers
from recsys.training.multinomial import MatrixIndices, negative_log_likelihood

PRIOR_WEIGHTS = (3 / 20, 3 / 4, 1 / 10)
"""Weights in the composite prior of the standard normal, the last epoch's posterior and the wide normal."""

WIDE_LOG_VARIANCE = 10.0
NORM_EPSILON = 0.1


@dataclass(frozen=True, slots=True)
class RecVAEOptions:
    """Training options.

    The defaults are the paper's except for the batch size. The paper has 500 people per batch, with 24 times as many
    people as here.

    Attributes:
        hidden: width of the encoder's layers.
        latent: number of dimensions of the latent code.
        batch_size: people per step.
        learning_rate: Adam's learning rate.
        dropout: share of the likes hidden from the encoder in training.
        kl_weight: weight of the KL divergence, per like of a person.
        encoder_passes: passes of the encoder over the people in an epoch; the decoder makes one pass.
        max_epochs: upper limit of epochs.
        patience: epochs without a better validation NDCG@10 before training stops.
    """

    hidden: int = 600
    latent: int = 200
    batch_size: int = 128
    learning_rate: float = 5e-4
    dropout: float = 0.5
    kl_weight: float = 0.005
    encoder_passes: int = 3
    max_epochs: int = 60
    patience: int = 10


class _Batch(NamedTuple):
    """Likes that the encoder gets and likes to predict; each is (n, m) float32 of 0 and 1."""

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]


class RecVAE:
    """RecVAE as published: it predicts from the likes among the answers, or from a row of zeros without likes."""

    name: ClassVar[str] = "RecVAE"

    def __init__(self, movie_ids: NDArray[np.int64], options: RecVAEOptions) -> None:
        """Create untrained networks over (m,) int64 ascending movie ids."""
        self._movie_ids = movie_ids
        self._encoder = _Encoder(len(movie_ids), options.hidden, options.latent)
        self._decoder = nn.Linear(options.latent, len(movie_ids))

    @classmethod
    def fit(
        cls,
        dataset: Dataset,
        split: Split,
        seed: int,
        progress: FitProgress = ignore_progress,
        options: RecVAEOptions | None = None,
    ) -> Self:
        """Train on the train people.

        The epoch with the best validation NDCG@10 is kept, as a mean over all numbers of answers but 0.
        """
        options = options or RecVAEOptions()
        paddle.seed(seed)
        model = cls(dataset.movie_ids, options)
        people = newcomers(dataset, split.validation, seed)
        best_ndcg, best_epoch, best_weights = -1.0, -1, model._weights()
        for epoch in model._epochs(Histories(dataset, split.train), options, np.random.default_rng(seed)):
            progress(epoch / options.max_epochs)
            ndcg = float(np.mean([measure(dataset, people, model, count).ndcg for count in ANSWER_COUNTS if count]))
            if ndcg > best_ndcg:
                best_ndcg, best_epoch, best_weights = ndcg, epoch, model._weights()
            elif epoch - best_epoch >= options.patience:
                break
        for layer, weights in zip((model._encoder, model._decoder), best_weights, strict=True):
            layer.set_state_dict({name: paddle.to_tensor(array) for name, array in weights.items()})
        return model

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32 logits."""
        with paddle.no_grad():
            mean, _ = self._encoder(_unit(weigh(answer_rows(self._movie_ids, profiles), "liked")))
            scores: NDArray[np.float32] = self._decoder(mean).numpy()
        return scores

    def _encoder_input(self, likes: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:  # noqa: ARG002  (for the subclass)
        """Return the part of the likes that the encoder gets in training."""
        return likes

    def _epochs(self, histories: Histories, options: RecVAEOptions, rng: np.random.Generator) -> Iterator[int]:
        """Train encoder and decoder in turn, and yield the number of each finished epoch."""
        encoder, decoder = self._encoder, self._decoder
        previous = _Encoder(len(self._movie_ids), options.hidden, options.latent)
        previous.set_state_dict(encoder.state_dict())
        encoder_adam, decoder_adam = (
            paddle.optimizer.Adam(options.learning_rate, parameters=layer.parameters()) for layer in (encoder, decoder)
        )

        def batches() -> Iterator[_Batch]:
            for stars in histories.batches(options.batch_size, rng):
                likes = weigh(stars, "liked")
                yield _Batch(self._encoder_input(likes, rng), likes)

        for epoch in range(options.max_epochs):
            _train_only(encoder, decoder)
            for _ in range(options.encoder_passes):
                for batch in batches():
                    mean, log_variance = encoder(_unit(batch.inputs, options.dropout, rng))
                    code = _sample(mean, log_variance, rng)
                    divergence = _log_normal(code, mean, log_variance) - _log_prior(code, batch.inputs, previous)
                    kl_weights = paddle.to_tensor(options.kl_weight * batch.inputs.sum(axis=1))
                    loss = (divergence.sum(axis=1) * kl_weights).mean() + _reconstruction(decoder(code), batch.targets)
                    _step(loss, encoder_adam)
            previous.set_state_dict(encoder.state_dict())
            _train_only(decoder, encoder)
            for batch in batches():
                mean, log_variance = encoder(_unit(batch.inputs))
                code = _sample(mean, log_variance, rng)
                _step(_reconstruction(decoder(code), batch.targets), decoder_adam)
            yield epoch

    def _weights(self) -> list[dict[str, NDArray[np.float32]]]:
        return [
            {name: tensor.numpy().copy() for name, tensor in layer.state_dict().items()}
            for layer in (self._encoder, self._decoder)
        ]


class RecVAEOnSubsets(RecVAE):
    """RecVAE adapted to newcomers: the encoder gets a random subset of a person's likes and predicts all of them.

    The size of the subset is log-uniform between one like and all likes.
    """

    name: ClassVar[str] = "RecVAE (subsets)"

    def _encoder_input(self, likes: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        counts = np.maximum(1, likes.sum(axis=1, keepdims=True))
        share = np.exp(rng.uniform(0, np.log(counts))) / counts
        inputs: NDArray[np.float32] = likes * (rng.random(likes.shape, np.float32) < share)
        return inputs


class _Encoder(nn.Layer):
    """Five densely connected layers from unit rows of likes to the mean and log variance of a normal latent code."""

    def __init__(self, movies: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.layers = nn.LayerList([nn.Linear(movies if depth == 0 else hidden, hidden) for depth in range(5)])
        self.norms = nn.LayerList([_LayerNorm(hidden) for _ in range(5)])
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        output = total = self.norms[0](F.silu(self.layers[0](rows)))
        for depth in range(1, len(self.layers)):
            output = self.norms[depth](F.silu(self.layers[depth](output) + total))
            total = total + output
        return self.mean(output), self.log_variance(output)


class _LayerNorm(nn.Layer):
    """Layer normalisation with the epsilon of 0.1 of the authors' code; Paddle's own layer allows at most 0.001."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = self.create_parameter([width], default_initializer=nn.initializer.Constant(1.0))
        self.shift = self.create_parameter([width], is_bias=True)

    def forward(self, rows: Tensor) -> Tensor:
        centred = rows - rows.mean(axis=-1, keepdim=True)
        variance = (centred * centred).mean(axis=-1, keepdim=True)
        return centred * paddle.rsqrt(variance + NORM_EPSILON) * self.scale + self.shift


def _unit(rows: NDArray[np.float32], dropout: float = 0.0, rng: np.random.Generator | None = None) -> Tensor:
    """Scale rows to length 1 (zero rows stay), then apply dropout.

    Dropout is computed in numpy, because Paddle's dropout takes longer than a layer.
    """
    unit = rows / np.maximum(1e-12, np.linalg.norm(rows, axis=1, keepdims=True))
    if rng is not None and dropout > 0:
        unit *= (rng.random(rows.shape, np.float32) >= dropout) / np.float32(1 - dropout)
    return paddle.to_tensor(unit)


def _sample(mean: Tensor, log_variance: Tensor, rng: np.random.Generator) -> Tensor:
    noise = paddle.to_tensor(rng.standard_normal(tuple(mean.shape), np.float32))
    return mean + noise * paddle.exp(log_variance / 2)


def _log_normal(code: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    return -0.5 * (log_variance + math.log(2 * math.pi) + (code - mean) ** 2 * paddle.exp(-log_variance))


def _log_prior(code: Tensor, inputs: NDArray[np.float32], previous: _Encoder) -> Tensor:
    """Return the log density of each number of the code under the composite prior; (n, latent) float32."""
    with paddle.no_grad():
        previous_mean, previous_log_variance = previous(_unit(inputs))
    zero = paddle.zeros_like(previous_mean)
    normals = ((zero, zero), (previous_mean, previous_log_variance), (zero, zero + WIDE_LOG_VARIANCE))
    log_densities = [
        _log_normal(code, *normal) + math.log(weight) for normal, weight in zip(normals, PRIOR_WEIGHTS, strict=True)
    ]
    return paddle.logsumexp(paddle.stack(log_densities), axis=0)


def _reconstruction(logits: Tensor, targets: NDArray[np.float32]) -> Tensor:
    """Return the mean over people of the negative log likelihood of all their targets."""
    liked = MatrixIndices(*np.nonzero(targets))
    return negative_log_likelihood(logits, liked, targets[liked]) / len(targets)


def _train_only(trained: nn.Layer, frozen: nn.Layer) -> None:
    for layer, is_frozen in ((trained, False), (frozen, True)):
        for parameter in layer.parameters():
            parameter.stop_gradient = is_frozen


def _step(loss: Tensor, adam: paddle.optimizer.Adam) -> None:
    loss.backward()
    adam.step()
    adam.clear_grad()
