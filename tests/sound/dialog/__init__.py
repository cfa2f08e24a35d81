"""Dialog cleanup, stage by stage and as a whole."""
