"""The Prompter screen."""
