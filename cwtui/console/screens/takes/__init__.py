"""The Takes screen."""
