"""Speed against a named peer, both in one run: `make bench`, or `python -m bench`."""
