"""Texts that are edited: drafts, the script file, completion in TOML."""
