"""Tests of engine.speech."""
