"""Farm: the machines that run jobs of this studio."""
