"""Topics and tables, as the code expects them: `python -m infra.apply`."""
