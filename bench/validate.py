"""`mtasts validate` of N files against merely parsing them with PyYAML's C loader, both as whole processes.

Run by `python -m bench validate [N [ROUNDS]]` (1000 files, 15 rounds). Both sides alternate in one run; each figure is
the best of its rounds, which other work on the machine disturbs least, and the ratio is of the two. About 3.3 at 1,000
files: the check by jsonschema takes as long as the parsing (docs/performance.md).
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
GROUP = 10  # domains in a host group: the names of one certificate
ROOT = Path(__file__).parent.parent

POLICY = """\
# yaml-language-server: $schema=../schema.json
domain: d{i}.example.com
mode: testing
max_age: 1d
mx:
  - mx1.d{i}.example.com
  - mx2.d{i}.example.com
dns:
  provider: cloudflare
  zone: 0123456789abcdef0123456789abcdef
host_group: group-{group}
owner: mail team
notes: Made for the bench.
"""
DEFAULTS = """\
tls_rpt:
  rua:
    - mailto:tls-reports@example.com
ttl: 300
"""
BARE = """\
import sys, yaml
from pathlib import Path
for path in sorted(Path(sys.argv[1]).iterdir()):
    yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
"""


def make(folder: Path, count: int) -> None:
    """Write `count` right files and their defaults."""
    (folder / "_defaults.yaml").write_text(DEFAULTS, encoding="utf-8")
    for i in range(count):
        (folder / f"d{i}.example.com.yaml").write_text(POLICY.format(i=i, group=i // GROUP), encoding="utf-8")


def cost(command: list[str]) -> tuple[float, float]:
    """Seconds on the clock and of the processor, for a command that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    clock = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    given = [int(word) for word in sys.argv[1:]]
    count, rounds_wanted = [*given, *(1000, ROUNDS)[len(given) :]]
    with tempfile.TemporaryDirectory() as scratch:
        stack = Path(scratch) / "policies" / "bench"
        stack.mkdir(parents=True)
        make(stack, count)
        ours = [sys.executable, "-m", "mtasts", "validate", str(stack.parent)]
        bare = [sys.executable, "-c", BARE, str(stack)]
        cost(ours), cost(bare)  # bytecode and disk cache
        rounds = [(cost(ours), cost(bare)) for _ in range(rounds_wanted)]
    print(f"{count} files, best of {rounds_wanted} alternating rounds")
    for which, name in enumerate(("clock", "processor")):
        validate, parse = (min(measured[side][which] for measured in rounds) for side in (0, 1))
        print(f"  {name}: validate {validate:.3f} s, parse {parse:.3f} s, ratio {validate / parse:.2f}")


if __name__ == "__main__":
    main()
