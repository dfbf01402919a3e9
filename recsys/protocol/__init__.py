"""How a model is measured; training and evaluation share it."""
