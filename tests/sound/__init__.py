"""Tests of engine.sound."""
