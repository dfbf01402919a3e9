"""The models of a release.

- `network`: the two towers in PaddlePaddle. `features`: their inputs. `movie_tokens`: what describes a movie.
- `positions`: of movies by their ids.
- `towers`: the trained towers, and the release folder. `release_info`: its metadata.
- `user_states`: what people's answers put into the user tower. `directions`: of movie vectors.
- `item_reranker`: the second stage. `neighbours`: the movies that are most like each movie.
- `new_movie_bias`: the bias of a movie that was not trained on.
- `arrays`: writes, maps and checks the arrays of a release.
- `processor`: what Paddle needs of the processor.
- `exposure`: which movies a newcomer has probably seen, and which are the most informative to ask about.
"""
