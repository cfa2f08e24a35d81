"""Market: packages to try, install and remove."""
