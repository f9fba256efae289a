"""Fuzzing: the running APIs by their documents, and everything that reads what others have written by its bytes."""
