#!/bin/sh
# Installs what the tests need from Debian: servers that nobody here wrote. Needs root. Starts no service.
set -eu

packages="
postfix
nginx-light
knot
unbound
dovecot-imapd
chromium
fonts-dejavu-core
iproute2
shellcheck
fish
zsh
openssl
mandoc
"
# postfix      MX hosts of the real-servers matrix: STARTTLS as most of the world does it
# nginx-light  policy hosts of the matrix
# knot         the authoritative DNS servers of the matrix
# unbound      the validating resolver of the matrix
# chromium     the report pages are looked at in a real browser
# fonts-dejavu-core  letters for it
# iproute2     `ip`, for the network namespaces that tests make
# shellcheck   actionlint asks it about the shell steps of the workflows
# openssl      chains are verified by its command, too
# mandoc       judges the pages of the manual
# fish, zsh    shell completion is asked of the shells themselves
# dovecot-imapd  the mailbox that reports are imported from
# TypeScript's compiler runs on Node. A Node from elsewhere brings its own npm, which Debian's would take away.
command -v npm >/dev/null || packages="$packages nodejs npm"

export DEBIAN_FRONTEND=noninteractive
# A package's own service would take the ports that the tests want, so nothing may start (policy-rc.d(8)).
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$guard"
    chmod 755 "$guard"
    trap 'rm -f "$guard"' EXIT
fi
apt-get update -qq
# shellcheck disable=SC2086 # a list of words is meant
apt-get install -y -qq --no-install-recommends $packages
