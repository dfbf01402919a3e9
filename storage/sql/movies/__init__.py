"""Movies: their details from the net, and the merging of duplicates."""
