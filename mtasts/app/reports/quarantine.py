"""The quarantine: lists what could not be read, writes it to files, and tries it again."""

from dataclasses import dataclass
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.intake import NOT_A_MAIL, Intake
from mtasts.live.sources.unfold import MAIL_SUFFIX
from mtasts.live.store import Quarantined, Store, open_store

_POSTED = "https:"


@dataclass(frozen=True, slots=True)
class Judged:
    """`reports` were moved out of quarantine, `left` posts stay in it."""

    reports: int
    left: int


def quarantined(location: str, out: Path | None = None) -> tuple[Quarantined, ...]:
    """All of it, oldest first; with `out`, each is written to a file there, what was posted to `posted` below.

    Raises CannotLook if the store cannot be read or the folder cannot be written to.
    """
    with open_store(location) as store:
        held = tuple(store.quarantined())
        if out is not None:
            for one in held:
                _write(store, one, out)
    return held


def judge_posted(location: str, domain: str = "") -> Judged:
    """Read once more what was posted: with more knowledge (`domain`), or a better reader. Raises CannotLook."""
    intake = Intake(domain=domain)
    reports, left = 0, 0
    with open_store(location) as store:
        for one in [one for one in store.quarantined() if one.source.startswith(_POSTED)]:
            prepared = intake.posted(store.quarantined_bytes(one.key), one.source, one.received)
            if prepared.refusals:
                left += 1
                continue
            with store.batch():
                for incoming in prepared.incomings:
                    store.add(incoming)
                store.release([one.key])
            reports += len(prepared.incomings)
    return Judged(reports, left)


def _write(store: Store, one: Quarantined, out: Path) -> None:
    raw = store.quarantined_bytes(one.key)
    if not raw:
        return  # only the reason is known, such as of a file that could not be opened
    folder = out / "posted" if one.source.startswith(_POSTED) else out
    path = folder / (one.key + (MAIL_SUFFIX if one.reason == NOT_A_MAIL else ""))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A new file, the owner's alone: one of an earlier run may be open to others.
        path.unlink(missing_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(raw)
    except OSError as error:
        raise CannotLook(f"{folder}: {error.strerror}", "--out names a folder to write to") from None
