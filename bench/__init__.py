"""Benchmarks against other programs, measured in the same run: `make bench`, or `python -m bench`."""
