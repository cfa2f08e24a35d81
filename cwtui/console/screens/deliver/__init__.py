"""The Deliver screen."""
