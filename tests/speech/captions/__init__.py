"""Tests of the speech room."""
