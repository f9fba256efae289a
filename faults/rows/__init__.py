"""The rows of the suite, one file a fault or a group of faults. Their numbers are those of docs/reliability.md."""
