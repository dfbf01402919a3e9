"""The evaluation protocol that training and evaluation share: who is measured, on what, and by which metric."""
