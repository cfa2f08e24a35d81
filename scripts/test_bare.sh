#!/bin/sh
# Usage: test_bare.sh [--keep FOLDER] [TARGET...]
# Creates a bare Debian 12 (debootstrap's minbase, make, python3) in a temporary folder, copies the working tree into it
# and runs make targets there: demo and test, or those given. Needs root, debootstrap and about 12 GB.
# With --keep FOLDER, the system stays in that folder, and the next run replaces only the sources in it:
#     sh scripts/test_bare.sh --keep /var/tmp/bare demo
#     sh scripts/test_bare.sh --keep /var/tmp/bare test
# Bind mounts are in a separate mount namespace, so that they end with this script even if it is killed.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[36m·\033[0m %s\n' "$*"; }
fail() { printf '\033[31m✗\033[0m %s\n' "$*" >&2; exit 1; }

keep=
if [ "${1:-}" = --keep ]; then
    [ -n "${2:-}" ] || fail "--keep needs a folder: scripts/test_bare.sh --keep /var/tmp/bare test"
    keep=$2
    shift 2
fi

[ "$(uname)" = Linux ] || fail "test-bare runs on Debian or Ubuntu."
[ "$(id -u)" = 0 ] || fail "debootstrap needs root: sudo make test-bare"
if ! command -v debootstrap >/dev/null; then
    say "debootstrap is missing: installing it with apt"
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi

targets=${*:-demo test}
suite=bookworm
# Use the mirror of this machine's apt, which is reachable.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
[ -n "$mirror" ] || fail "apt has no mirror. Run apt-get update."

if [ -n "$keep" ]; then
    mkdir -p "$keep"
    root=$(cd "$keep" && pwd)
    [ -d "$root/cleanwater" ] || [ -z "$(ls -A "$root")" ] || fail "$root is not empty and has no bare system in it."
else
    root=$(mktemp -d "${TMPDIR:-/tmp}/bare.XXXXXX")
    chmod 755 "$root"
    trap 'rm -rf --one-file-system "$root"' EXIT
fi
trap 'exit 1' INT TERM HUP

if [ -d "$root/cleanwater" ]; then
    say "using the bare Debian in $root"
else
    say "building a bare Debian $suite in $root"
    debootstrap --variant=minbase --include=make,python3 "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
        fail "debootstrap failed. See $root.log."
    rm -f "$root.log"
fi

# Copy this machine's certificates: its network may need them.
certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
environment="HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb"
if [ -r "$certificates" ]; then
    cp "$certificates" "$root/etc/network-certificates.crt"
    for name in SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE; do
        environment="$environment $name=/etc/network-certificates.crt"
    done
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
cp /etc/hosts "$root/etc/hosts"

mkdir -p "$root/cleanwater"
# Set-up and its results stay in a kept system; the sources are those of the working tree.
find "$root/cleanwater" -mindepth 1 -maxdepth 1 ! -name .venv ! -name .uv -exec rm -rf --one-file-system {} +
git ls-files -z --cached --others --exclude-standard |
    tar --null --files-from - --ignore-failed-read --create 2>/dev/null | tar --extract --directory "$root/cleanwater"

for target in $targets; do
    say "make $target, in the bare system"
    unshare --mount --propagation private sh -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /sys "$1/sys"
        mount --rbind /dev "$1/dev"
        mount -t tmpfs tmpfs "$1/dev/shm" 2>/dev/null || true
        exec chroot "$1" env -i $2 sh -c "cd /cleanwater && exec make $3"
    ' sh "$root" "$environment" "$target" || fail "make $target failed in the bare system."
done
say "$targets: done in a bare Debian $suite"
