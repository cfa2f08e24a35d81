"""Tests of engine.picture."""
