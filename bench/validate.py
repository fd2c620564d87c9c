"""`mtasts validate` of N files against merely parsing them with PyYAML's C loader, both as whole processes.

Run by `python bench/validate.py [N]` (default 1000). Both sides alternate in one run; each figure is the median, and
the ratio is of the medians. To reach: <= 2.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 9
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
        (folder / f"d{i}.example.com.yaml").write_text(POLICY.format(i=i, group=i // 50), encoding="utf-8")


def seconds(command: list[str]) -> float:
    """How long a command takes, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as scratch:
        stack = Path(scratch) / "policies" / "bench"
        stack.mkdir(parents=True)
        make(stack, count)
        ours = [sys.executable, "-m", "mtasts", "validate", str(stack.parent)]
        bare = [sys.executable, "-c", BARE, str(stack)]
        seconds(ours), seconds(bare)  # bytecode and disk cache
        measured = [(seconds(ours), seconds(bare)) for _ in range(ROUNDS)]
    validate, parse = (statistics.median(side) for side in zip(*measured, strict=True))
    figures = f"validate {validate:.3f} s, parse {parse:.3f} s, ratio {validate / parse:.2f}"
    print(f"{count} files, median of {ROUNDS}: {figures}")


if __name__ == "__main__":
    main()
