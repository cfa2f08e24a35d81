"""Background threads that access the studio and post messages to the console."""
