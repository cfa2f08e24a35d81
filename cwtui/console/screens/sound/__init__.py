"""The Sound screen."""
