"""The processes that make the load, each run as `python -m benchmarks.load.<name>`.

A job comes as JSON on standard input, what was found goes as JSON to standard output. They are lean, because on a
small machine the load takes its share of the same cores.
"""
