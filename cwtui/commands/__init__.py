"""The commands of `cwtui`, by what they are about."""
