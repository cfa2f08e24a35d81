"""The commands of `cwtui`, grouped by subject."""
