"""Training: from a data set to a release folder.

Entry points:
    fit: `fit` trains towers, `train_release` trains them and writes the release folder.
    options: `TrainingOptions`, with the product's defaults.
    fingerprint: a digest of everything that a training result depends on.

The two towers, in the order of one training step:
    batches: draw people, and split their ratings into shown and hidden ones.
    pages: simulate the interview pages that people in a batch are shown.
    inputs: the movies as arrays, and their popularity.
    step: score candidate movies, compute the loss, update the weights.
    losses, multinomial: the softmax loss, the rating loss, and the likelihood under a softmax.
    optimizer: AdamW with a one-cycle learning rate.
    row_adamw: AdamW on the rows of a table that a step uses, for large catalogues.
    validation: NDCG@10 of validation newcomers, and early stopping.
    checkpoint: store an unfinished run, and resume it.
    workers: processes that train one model together.

The other models of a release, all fitted in closed form, by the ratings of a block of people at a time (rating_blocks):
    second_stage: the item re-ranker, which re-ranks the best movies.
    exposure: which movies people have seen.
    informativeness: how much an answer about each movie reveals.

Fitted to the movies rather than to the people:
    neighbours: the movies that are most like each movie.
    new_movie_bias: how popular a movie is by its tokens, for new movies.

Only `bot` and `recsys.evaluation` import this package; serving does not.
"""

from recsys.models import network as _network

__all__: list[str] = []
del _network
