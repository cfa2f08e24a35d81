"""Background threads: they read and write the studio and post messages to the console."""
