"""Tests of engine.speech.captions."""
