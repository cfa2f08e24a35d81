"""The Ingest screen."""
