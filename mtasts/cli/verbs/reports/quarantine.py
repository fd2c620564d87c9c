"""What came and could not be read: kept with its reason, never counted. Oldest first.

--out writes it to files, as it came, each named by its key: fix it, or wait for a better reader, and import the folder.
What was posted goes to a folder `posted` below: imported from there it would count as if you had written it yourself.
A damaged mail is called KEY.eml, so that an import takes it for a mail again, never for a report file of yours.
--judge reads what was posted once more, and moves what can be read now to the reports, as posted.

exit code: 0 as asked; 1 with --judge: something could still not be read; 2 the store could not be used
"""

import argparse
from pathlib import Path

from mtasts.cli.options.store import add_store_argument, mail_domain, store_location
from mtasts.cli.screen import document, say
from mtasts.live.store import Quarantined, Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which store, and what to do."""
    add_store_argument(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write what is there to files in this folder")
    parser.add_argument(
        "--judge", action="store_true", help="read once more what was posted, and keep what is a report"
    )
    parser.add_argument(
        "--domain",
        type=mail_domain,
        metavar="DOMAIN",
        help="with --judge: what reports without one are about",
    )
    parser.add_argument("--json", action="store_true", help="a list with one object a line")


def run(args: argparse.Namespace) -> int:
    """List, and write out."""
    from mtasts.live.store import open_store
    from mtasts.render.escape import terminal

    with open_store(store_location(args)) as store:
        if args.judge:
            return _judge(store, args.domain or "")
        held = list(store.quarantined())
        if args.out is not None:
            for one in held:
                folder = args.out / "posted" if one.source.startswith("https:") else args.out
                _write(folder, _file_name(one), store.quarantined_bytes(one.key))
    if args.json:
        rows = [
            {
                "key": one.key,
                "received": f"{one.received:%Y-%m-%dT%H:%M:%SZ}",
                "bytes": one.size,
                "source": one.source,
                "reason": one.reason,
            }
            for one in held
        ]
        from mtasts.render.runner import dumps

        document("[" + "\n,".join(map(dumps, rows)) + "]")
        return 0
    for one in held:
        line = f"{one.key}  {one.received:%Y-%m-%d %H:%M}Z  {one.size} bytes  {one.source}: {one.reason}"
        say(terminal(line))
    if not held:
        say("nothing in quarantine")
    return 0


def _judge(store: Store, domain: str) -> int:
    """Read once more what was posted: with more knowledge, or a better reader."""
    from mtasts.live.intake import Intake

    intake = Intake(domain=domain)
    reports, left = 0, 0
    for one in [one for one in store.quarantined() if one.source.startswith("https:")]:
        prepared = intake.posted(store.quarantined_bytes(one.key), one.source, one.received)
        if prepared.refusals:
            left += 1
            continue
        with store.batch():
            for incoming in prepared.incomings:
                store.add(incoming)
            store.release([one.key])
        reports += len(prepared.incomings)
    moved = "1 posted report" if reports == 1 else f"{reports} posted reports"
    say(f"{moved} moved out of quarantine, {left} {'post stays' if left == 1 else 'posts stay'}")
    return 1 if left else 0


def _file_name(one: Quarantined) -> str:
    from mtasts.live.intake import NOT_A_MAIL
    from mtasts.live.sources.unfold import MAIL_SUFFIX

    return one.key + (MAIL_SUFFIX if one.reason == NOT_A_MAIL else "")


def _write(folder: Path, name: str, raw: bytes) -> None:
    from mtasts.errors import CannotLook

    if not raw:
        return  # only the reason is known, such as of a file that could not be opened
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made anew, the owner's alone: one of an earlier run may be open to others.
        path = folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(raw)
    except OSError as error:
        raise CannotLook(f"{folder}: {error.strerror}", "--out names a folder to write to") from None
