"""Editable documents: their states, drafts, the script file, completion in TOML."""
