"""Faithfulness of explanations, the effect of a thumb down, and the learning curve."""
