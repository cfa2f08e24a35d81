"""The headless engine: rooms that turn footage into deliverables."""

__version__ = "0.1.0"
