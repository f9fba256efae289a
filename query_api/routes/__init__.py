"""The paths of the query API, a file for each kind of thing."""
