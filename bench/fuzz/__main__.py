"""Ten million damaged inputs through every reader of what others write: no exception escapes, none takes long.

    python -m bench.fuzz [--inputs 10000000] [--seed 1] [NAME...]

Answers from the network, reports and the mails around them, and documents: each a good one with bytes changed, cut,
repeated and spliced, JSON also with values replaced, goes to the reader of its kind; one in ten to another reader. Then
inputs that grow by doubling are timed: twice the size may not cost much more than twice the time. NAME: only these
readers. Exit code 1 if an exception escaped, an input took long or a time grew faster than its size.
"""

import argparse
import random
import sys
import time

from bench.fuzz import FAMILIES
from bench.fuzz.damage import DOUBLINGS, GROWTH_LIMIT, SMALL, Family, growth

SLOW_SECONDS = 0.5  # of processor time for one input of at most 20 kB; machines are busy


def main() -> int:
    """Feed them all."""
    every = {name: family for family in FAMILIES for name in family.readers}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(every)}")
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if unknown := set(args.names) - set(every):
        parser.error(f"no such reader: {', '.join(sorted(unknown))}")
    chosen = {name: every[name] for name in args.names or every}
    failed, slow = _feed(chosen, args.inputs, random.Random(args.seed))
    steep = _grow(chosen)
    print(f"{args.inputs:,} inputs: {failed} exceptions, {slow} readers slower than {SLOW_SECONDS} s, {steep} steep")
    return 1 if failed or slow or steep else 0


def _feed(chosen: dict[str, Family], inputs: int, chance: random.Random) -> tuple[int, int]:
    names = list(chosen)
    slowest, counted, failed = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0), 0
    for number in range(inputs):
        name = names[number % len(names)]
        data = chosen[name].input_for(chance, name)
        reader = names[chance.randrange(len(names))] if number % 10 == 9 else name
        began = time.process_time()
        try:
            chosen[reader].readers[reader](data)
        except Exception as error:
            failed += 1
            print(f"{reader}: {error!r} for {data!r}"[:3000], flush=True)
        slowest[reader] = max(slowest[reader], time.process_time() - began)
        counted[reader] += 1
    for name, seconds in slowest.items():
        print(f"  {name:<13} slowest of {counted[name]:>9,}: {seconds * 1e3:7.1f} ms")
    return failed, sum(seconds > SLOW_SECONDS for seconds in slowest.values())


def _grow(chosen: dict[str, Family]) -> int:
    steep = 0
    for name, family in chosen.items():
        worst = max((growth(family.readers[name], pattern), pattern) for pattern in family.growing[name])
        steep += worst[0] > GROWTH_LIMIT
        print(f"  {name:<13} {SMALL << DOUBLINGS} bytes cost {worst[0]:.2f} times linear, with {worst[1][1][:20]!r}")
    return steep


if __name__ == "__main__":
    sys.exit(main())
