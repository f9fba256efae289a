"""A service as a process: how it starts, what it uses of the machine, how it stops."""
