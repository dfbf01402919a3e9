"""Explanations, thumbs down, and the learning curve.

- `faithfulness`: whether the named answer raised the movie's score.
- `dislikes`: the effect of a thumb down.
- `learning_curve`: NDCG@10 answer by answer.
- `report`: measures all three.
"""
