"""The use cases. No other part of recsys reads or writes what is stored about people."""
