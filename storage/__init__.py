"""State: the SQL catalogue, the movie vectors and the movie metadata. Imports none of the other packages."""
