"""What the system runs on: engines for one machine, topics, tables, and the commands of the Makefile."""
