"""How fast this build is, on this machine, with everything real, and how near to what a Python program can be.

`python -m benchmarks` measures, `python -m benchmarks.publish` shows a result on docs/performance.md.
`points/` has a file for each thing that is measured, `floors/` the least programs that do the same work,
`load/` the processes that make the load, `reference.py` the usual way to solve the same task.
"""
