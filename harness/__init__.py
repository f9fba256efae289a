"""The running system, its parts and the world around it, for tests, faults, benchmarks and documents."""
