"""The evaluation protocol that training and evaluation share.

- `newcomers`: who is measured, and on what.
- `metrics`: NDCG@10, Recall@20 and disliked@10.
- `scorers`: towers as scorers.
"""
