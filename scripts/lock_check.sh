#!/bin/sh
# Checks that requirements.lock matches pyproject.toml and that every package in it has a macOS arm64 wheel.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cp requirements.lock "$scratch/fresh.lock"
uv pip compile pyproject.toml --extra farm --extra market --extra science --group demo --group dev --universal --generate-hashes --quiet --no-header \
    --output-file "$scratch/fresh.lock"
cmp -s requirements.lock "$scratch/fresh.lock" || {
    diff requirements.lock "$scratch/fresh.lock" | head -20
    echo "requirements.lock does not match pyproject.toml. Run make lock." >&2
    exit 1
}

for python in 3.11 3.12; do
    MACOSX_DEPLOYMENT_TARGET=14.0 uv pip install --quiet --dry-run --target "$scratch/mac" --require-hashes --only-binary :all: \
        --python-platform aarch64-apple-darwin --python-version "$python" -r requirements.lock
done
echo "requirements.lock is current, and every package has a macOS arm64 wheel"
