"""Every measurement, one after the other: `python -m bench [NAME [ARGUMENT...]]`; without a name, all of them.

Speeds are ratios: both sides alternate in one run. docs/performance.md has the tables and what they mean.
"""

import subprocess
import sys
import time

# name -> (module, arguments of the whole run, what is measured)
MEASURED = {
    "startup": ("bench.startup", [], "`mtasts --help` beside the bare interpreter"),
    "validate": ("bench.validate", ["1000"], "`mtasts validate` beside merely parsing the files"),
    "publish": ("bench.publish", ["--domains", "1,100,1000"], "the components beside a bare Pulumi program"),
    "verify": ("bench.verify", [], "`mtasts verify` beside checkdmarc and bare handshakes (root or user namespaces)"),
    "reports": ("bench.reports", [], "report readers beside parsedmarc and bare gunzip and JSON"),
    "ready": ("bench.ready", [], "verdicts for 1,000 domains with 30 days of reports"),
    "changes": ("bench.changes", [], "the change rules for 10,000 domains"),
    "store": ("bench.store", [], "questions to a store of three million reports"),
    "kills": ("bench.kills", ["--kills", "20"], "publications killed at random moments, and the runs after them"),
    "simulation": ("bench.simulation", [], "histories a second against the change rules, and losses without each rule"),
}


def main(words: list[str]) -> int:
    """Run what is named, or all; the exit code of the first that fails."""
    if words and words[0] not in MEASURED:
        print(f"bench: {words[0]} is not one of {', '.join(MEASURED)}", file=sys.stderr)
        return 2
    for name in words[:1] or MEASURED:
        module, arguments, what = MEASURED[name]
        print(f"== {name}: {what}", flush=True)
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-m", module, *(words[1:] or arguments)], check=False)
        print(f"   ({time.monotonic() - started:.0f} s)\n", flush=True)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
