"""What the director sees: the command line and, over it, the console."""
