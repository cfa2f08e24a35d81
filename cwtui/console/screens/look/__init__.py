"""The Look screen."""
