#!/bin/sh
# Proves the way out of octoDNS that `mtasts adopt` prints, with octoDNS itself from PyPI. Outside CI: it installs a tool
# that the project does not depend on. Run from the project's folder.
#
# octoDNS holds a zone with MTA-STS of example.com and sub.example.com. Without the snippet it deletes their records as
# soon as they leave its files; with it the same run changes nothing of them, with an ownership processor behind it, too.
# Exit 0: still so. Exit 1: it changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -c 'from mtasts.adoption.owners import octodns_release; print(octodns_release().snippet)' >"$work/snippet"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "octodns==${OCTODNS:-1.22.0}"
cd "$work"
# In the order that octoDNS wants of a file.
zone() {
    cat <<'YAML'
? ''
: type: MX
  value: {exchange: mx1.example.com., preference: 10}
YAML
    [ "$1" = all ] && cat <<'YAML'
_0123456789abcdef0123456789abcdef.mta-sts.sub:
  type: CNAME
  value: _1.acm-validations.aws.
_mta-sts:
  type: TXT
  value: v=STSv1\; id=20240101000000Z\;
_mta-sts.sub:
  type: TXT
  value: v=STSv1\; id=20240101000000Z\;
_smtp._tls:
  type: TXT
  value: v=TLSRPTv1\; rua=mailto:tls@example.com
_smtp._tls.sub:
  type: TXT
  value: v=TLSRPTv1\; rua=mailto:tls@example.com
mta-sts:
  type: CNAME
  value: d111111abcdef8.cloudfront.net.
mta-sts.sub:
  type: CNAME
  value: d111111abcdef8.cloudfront.net.
YAML
    printf 'www:\n  type: A\n  value: %s\n' "$2"
}
# $1: processors of the zone; the rest as octoDNS has it. The world is what a DNS provider is to octoDNS: a provider of
# files is none, it writes the whole file anew and drops what a filter hides (seen below).
config() {
    cat <<YAML
providers:
  files: {class: octodns.provider.yaml.YamlProvider, directory: ./files, enforce_order: false, escaped_semicolons: true}
  world: {class: world.World}
  paper: {class: octodns.provider.yaml.YamlProvider, directory: ./paper, enforce_order: false, escaped_semicolons: true}
zones:
  example.com.: {sources: [files], targets: [${2:-world}], processors: [$1]}
YAML
    cat snippet
    printf '  owner:\n    class: octodns.processor.ownership.OwnershipProcessor\n'
}
cat >world.py <<'PY'
"""A zone at a DNS provider: records are created, updated and deleted one by one."""

import json
import logging
from pathlib import Path

from octodns.provider.base import BaseProvider
from octodns.record import Create, Delete, Record

FILE = Path("world.json")


class World(BaseProvider):
    SUPPORTS_GEO = SUPPORTS_DYNAMIC = False
    log = logging.getLogger("World")
    SUPPORTS = {"A", "CNAME", "MX", "TXT"}

    def populate(self, zone, target=False, lenient=False):
        held = json.loads(FILE.read_text()) if FILE.exists() else {}
        for key, data in held.items():
            name, _, kind = key.rpartition(" ")
            zone.add_record(Record.new(zone, name, {**data, "type": kind}, source=self, lenient=True), lenient=True)
        return FILE.exists()

    def _apply(self, plan):
        held = json.loads(FILE.read_text()) if FILE.exists() else {}
        for change in plan.changes:
            record = change.existing if isinstance(change, Delete) else change.new
            key = f"{record.name} {record._type}"
            if isinstance(change, Delete):
                del held[key]
            else:
                assert isinstance(change, Create) == (key not in held), key
                held[key] = json.loads(json.dumps(record.data))
        FILE.write_text(json.dumps(held, indent=1))
PY
export PYTHONPATH=.
sync() { venv/bin/octodns-sync --config-file config.yaml --doit --force >out 2>&1 || { cat out; exit 1; }; }
ours() { grep -cE 'STSv1|TLSRPTv1|cloudfront|acm-validations' "$1" || true; }
mkdir files paper
fail=0
wrong() { echo "$1"; cat "${2:-world.json}"; fail=1; }
for processors in '' owner; do
    release="not-mta-sts${processors:+, $processors}"
    # It writes all; then they leave its files, and www changes so that there is something to do.
    zone all 192.0.2.1 >files/example.com.yaml; rm -f world.json; config "$processors" >config.yaml; sync
    [ "$(ours world.json)" = 7 ] || wrong "[$processors] octoDNS did not write all"
    cp world.json before.json
    zone some 192.0.2.2 >files/example.com.yaml; sync
    [ "$(ours world.json)" = 0 ] || wrong "[$processors] octoDNS left what is not in its files"
    cp before.json world.json; config "$release" >config.yaml; sync
    grep -q 192.0.2.2 world.json || wrong "[$release] octoDNS did not do its work"
    [ "$(ours world.json)" = 7 ] || wrong "[$release] octoDNS touched them"
    ! grep -qi '"_owner[^"]*\(mta-sts\|_tls\)' world.json || wrong "[$release] its marks stay"
    # Still in its files, and with another id there.
    zone all 192.0.2.3 | sed 's/20240101000000Z/9/' >files/example.com.yaml; sync
    [ "$(grep -c 20240101000000Z world.json)" = 2 ] || wrong "[$release] octoDNS went on to write them"
done
# A target that is a file loses them: the remedy says so.
zone all 192.0.2.1 >files/example.com.yaml; : >paper/example.com.yaml; config '' paper >config.yaml; sync
zone all 192.0.2.2 >files/example.com.yaml; config not-mta-sts paper >config.yaml; sync
[ "$(ours paper/example.com.yaml)" = 0 ] || wrong "a target of files keeps them" paper/example.com.yaml
exit "$fail"
