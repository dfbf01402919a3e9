"""Where movies can be watched: the country and the services of a person, and the offers for a movie."""
