"""What is measured, a file for each; every one has a `measure(bench)`."""
