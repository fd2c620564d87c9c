#!/bin/sh
# Run by `make test`: brings the servers and the browser that some tests need, where this may be done without asking: as
# root, with apt. It says so. INSTALL=no leaves the machine as it is; the tests then say at the end what was left out.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
missing=
for program in chromium dovecot fish ip knotd nginx openssl postmap unbound zsh; do
    command -v "$program" >/dev/null || missing="$missing $program"
done
[ -n "$missing" ] || exit 0
if [ "${INSTALL:-yes}" = no ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    exit 0
fi
echo "test: installing from Debian what some tests need:$missing (INSTALL=no leaves the machine as it is)" >&2
log=$(mktemp)
if ! sh tools/install-debian.sh >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "test: apt could not install them; the tests that need them are left out and named at the end" >&2
fi
rm -f "$log"
