"""The tables of ``docs/api.md`` that the code knows best: ``python -m docs.tables`` writes them into the page."""
