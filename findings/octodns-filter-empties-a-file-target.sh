#!/bin/sh
# octoDNS 1.22.0 on Python 3.11: the filter that protects records from deletion deletes them where the target is a folder of files.
#
# Guess: NameRejectlistFilter leaves the names on its list alone at the target, whatever the target is: the plan does not
#        name them, "--doit" does not touch them. With a DNS provider's API as the target it is so.
# Seen: with a YamlProvider as the target the plan names one change, of another record; applied, it writes the whole file
#       anew from the filtered zone, and the record on the list is gone from it. The summary of the plan says 0 deletes. A
#       plan without any change writes nothing, so the loss comes with the next change of something else.
# Meaning for us: who lets octoDNS go of `_mta-sts` by this filter, as `mtasts adopt` advises, must not have a file as the
#       target; the advice says so, and docs/coming-from/octodns.md.
# Exit 0: still so. Exit 1: it changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "octodns==1.22.0"
mkdir wanted there
cat >config.yaml <<'YAML'
providers:
  wanted: {class: octodns.provider.yaml.YamlProvider, directory: ./wanted, enforce_order: false}
  there: {class: octodns.provider.yaml.YamlProvider, directory: ./there, enforce_order: false}
processors:
  keep: {class: octodns.processor.filter.NameRejectlistFilter, rejectlist: [kept]}
zones:
  a.example.: {sources: [wanted], targets: [there], processors: [keep]}
YAML
printf 'kept:\n  type: TXT\n  value: do-not-touch\nwww:\n  type: A\n  value: 192.0.2.1\n' >there/a.example.yaml
printf 'www:\n  type: A\n  value: 192.0.2.1\n' >wanted/a.example.yaml
sync() {
    venv/bin/octodns-sync --config-file config.yaml --doit >out.txt 2>&1
    grep -oE 'Creates=[0-9]+, Updates=[0-9]+, Deletes=[0-9]+|No changes were planned' out.txt | sort -u
}
{
    echo "with nothing to change: $(sync | head -n 1); kept lines: $(grep -c do-not-touch there/a.example.yaml)"
    printf 'www:\n  type: A\n  value: 192.0.2.2\n' >wanted/a.example.yaml
    echo "with www to change: $(sync | head -n 1); kept lines: $(grep -c do-not-touch there/a.example.yaml || true)"
} | tee seen.txt
grep -qx 'with nothing to change: No changes were planned; kept lines: 1' seen.txt
grep -qx 'with www to change: Creates=0, Updates=1, Deletes=0; kept lines: 0' seen.txt
