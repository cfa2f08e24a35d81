"""Tests of the picture room."""
