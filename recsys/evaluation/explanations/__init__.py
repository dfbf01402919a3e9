"""Whether explanations are true, what a thumb down does, and the learning curve."""
