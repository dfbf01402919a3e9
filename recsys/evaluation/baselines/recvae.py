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
from recsys.profile import Profile
from recsys.protocol.newcomers import ANSWER_COUNTS, Split, measure, newcomers
from recsys.training.multinomial import Entries, minus_log_likelihood

PRIOR_WEIGHTS = (3 / 20, 3 / 4, 1 / 10)
"""Of the standard normal, the last epoch's posterior and the wide normal in the composite prior."""

WIDE_LOG_VARIANCE = 10.0
NORM_EPSILON = 0.1


@dataclass(frozen=True, slots=True)
class RecVAEOptions:
    """How to train; the defaults are the paper's but for the batch (500 there, for 24 times the people).

    Attributes:
        hidden: width of the encoder's layers.
        latent: width of the code.
        batch_size: people per step.
        learning_rate: Adam's.
        dropout: share of the likes hidden from the encoder while it trains.
        kl_weight: of the divergence, per like of a person.
        encoder_passes: over the people in an epoch; the decoder gets one.
        max_epochs: at most so many.
        patience: epochs without a better validation figure before training stops.
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
    """Likes given to the encoder, likes to predict: each (n, m) float32 of 0 and 1."""

    given: NDArray[np.float32]
    targets: NDArray[np.float32]


class RecVAE:
    """Logits for the likes among the answers; where there are none, for a row of zeros."""

    name: ClassVar[str] = "RecVAE"

    def __init__(self, movie_ids: NDArray[np.int64], options: RecVAEOptions) -> None:
        """Untrained networks over (m,) ascending movie ids."""
        self._movie_ids = movie_ids
        self._encoder = _Encoder(len(movie_ids), options.hidden, options.latent)
        self._decoder = nn.Linear(options.latent, len(movie_ids))

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int, options: RecVAEOptions | None = None) -> Self:
        """Train on the train people; keep the epoch with the best mean validation NDCG@10 over 1 answer and more."""
        options = options or RecVAEOptions()
        paddle.seed(seed)
        model = cls(dataset.movie_ids, options)
        people = newcomers(dataset, split.validation, seed)
        best_ndcg, best_epoch, best_weights = -1.0, -1, model._weights()
        for epoch in model._epochs(Histories(dataset, split.train), options, np.random.default_rng(seed)):
            ndcg = float(np.mean([measure(dataset, people, model, count).ndcg for count in ANSWER_COUNTS if count]))
            if ndcg > best_ndcg:
                best_ndcg, best_epoch, best_weights = ndcg, epoch, model._weights()
            elif epoch - best_epoch >= options.patience:
                break
        for layer, weights in zip((model._encoder, model._decoder), best_weights, strict=True):
            layer.set_state_dict({name: paddle.to_tensor(array) for name, array in weights.items()})
        return model

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32 logits."""
        with paddle.no_grad():
            mean, _ = self._encoder(_unit(weigh(answer_rows(self._movie_ids, profiles), "liked")))
            scores: NDArray[np.float32] = self._decoder(mean).numpy()
        return scores

    def _given(self, likes: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:  # noqa: ARG002  (for the subclass)
        """Which of the likes the encoder gets to see in training."""
        return likes

    def _epochs(self, histories: Histories, options: RecVAEOptions, rng: np.random.Generator) -> Iterator[int]:
        """Train epoch after epoch, encoder and decoder in turn, for as long as the caller wants."""
        encoder, decoder = self._encoder, self._decoder
        last = _Encoder(len(self._movie_ids), options.hidden, options.latent)
        last.set_state_dict(encoder.state_dict())
        adams = [
            paddle.optimizer.Adam(options.learning_rate, parameters=layer.parameters()) for layer in (encoder, decoder)
        ]

        def batches() -> Iterator[_Batch]:
            for stars in histories.batches(options.batch_size, rng):
                likes = weigh(stars, "liked")
                yield _Batch(self._given(likes, rng), likes)

        for epoch in range(options.max_epochs):
            _train_only(encoder, decoder)
            for _ in range(options.encoder_passes):
                for batch in batches():
                    mean, log_variance = encoder(_unit(batch.given, options.dropout, rng))
                    code = _sample(mean, log_variance, rng)
                    divergence = _log_normal(code, mean, log_variance) - _log_prior(code, batch.given, last)
                    strength = paddle.to_tensor(options.kl_weight * batch.given.sum(axis=1))
                    loss = (divergence.sum(axis=1) * strength).mean() + _reconstruction(decoder(code), batch.targets)
                    _step(loss, adams[0])
            last.set_state_dict(encoder.state_dict())
            _train_only(decoder, encoder)
            for batch in batches():
                mean, log_variance = encoder(_unit(batch.given))
                code = _sample(mean, log_variance, rng)
                _step(_reconstruction(decoder(code), batch.targets), adams[1])
            yield epoch

    def _weights(self) -> list[dict[str, NDArray[np.float32]]]:
        return [
            {name: tensor.numpy().copy() for name, tensor in layer.state_dict().items()}
            for layer in (self._encoder, self._decoder)
        ]


class RecVAEOnSubsets(RecVAE):
    """RecVAE made for newcomers: the encoder sees a random part of a person's likes and predicts all of them.

    The size of the part is log-uniform from one like to all; nothing else is dropped.
    """

    name: ClassVar[str] = "RecVAE (subsets)"

    def _given(self, likes: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        counts = np.maximum(1, likes.sum(axis=1, keepdims=True))
        share = np.exp(rng.uniform(0, np.log(counts))) / counts
        given: NDArray[np.float32] = likes * (rng.random(likes.shape, np.float32) < share)
        return given


class _Encoder(nn.Layer):
    """Five densely connected layers from unit rows of likes to the mean and log variance of a normal code."""

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
    """Paddle's own refuses an epsilon above 0.001; the authors' code has 0.1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = self.create_parameter([width], default_initializer=nn.initializer.Constant(1.0))
        self.shift = self.create_parameter([width], is_bias=True)

    def forward(self, rows: Tensor) -> Tensor:
        centred = rows - rows.mean(axis=-1, keepdim=True)
        variance = (centred * centred).mean(axis=-1, keepdim=True)
        return centred * paddle.rsqrt(variance + NORM_EPSILON) * self.scale + self.shift


def _unit(rows: NDArray[np.float32], dropout: float = 0.0, rng: np.random.Generator | None = None) -> Tensor:
    """Rows of length 1 (zeros stay), then dropout; in numpy, because Paddle's dropout costs more than a layer."""
    unit = rows / np.maximum(1e-12, np.linalg.norm(rows, axis=1, keepdims=True))
    if rng is not None and dropout > 0:
        unit *= (rng.random(rows.shape, np.float32) >= dropout) / np.float32(1 - dropout)
    return paddle.to_tensor(unit)


def _sample(mean: Tensor, log_variance: Tensor, rng: np.random.Generator) -> Tensor:
    noise = paddle.to_tensor(rng.standard_normal(tuple(mean.shape), np.float32))
    return mean + noise * paddle.exp(log_variance / 2)


def _log_normal(code: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    return -0.5 * (log_variance + math.log(2 * math.pi) + (code - mean) ** 2 * paddle.exp(-log_variance))


def _log_prior(code: Tensor, given: NDArray[np.float32], last: _Encoder) -> Tensor:
    """Log density of each number of the code under the composite prior; (n, latent) float32."""
    with paddle.no_grad():
        last_mean, last_log_variance = last(_unit(given))
    zero = paddle.zeros_like(last_mean)
    normals = ((zero, zero), (last_mean, last_log_variance), (zero, zero + WIDE_LOG_VARIANCE))
    parts = [
        _log_normal(code, *normal) + math.log(weight) for normal, weight in zip(normals, PRIOR_WEIGHTS, strict=True)
    ]
    return paddle.logsumexp(paddle.stack(parts), axis=0)


def _reconstruction(logits: Tensor, targets: NDArray[np.float32]) -> Tensor:
    """Mean over people of minus the summed log likelihood of their targets."""
    liked = Entries(*np.nonzero(targets))
    return minus_log_likelihood(logits, liked, targets[liked]) / len(targets)


def _train_only(trained: nn.Layer, frozen: nn.Layer) -> None:
    for layer, is_frozen in ((trained, False), (frozen, True)):
        for parameter in layer.parameters():
            parameter.stop_gradient = is_frozen


def _step(loss: Tensor, adam: paddle.optimizer.Adam) -> None:
    loss.backward()
    adam.step()
    adam.clear_grad()
