"""Walls are looked at from outside: each test sends a child in and sees what it could do."""
