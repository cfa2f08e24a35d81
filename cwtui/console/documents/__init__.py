"""Editable documents: drafts, the script file, completion in TOML."""
