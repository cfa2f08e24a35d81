"""Sandbox tests: each test runs steps in a confined child process and checks their outcomes."""
