"""Tests of dialog cleanup: the stages and the whole chain."""
