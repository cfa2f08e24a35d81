"""The terminal: what it can do, how it is written to, and how the console leaves it."""
