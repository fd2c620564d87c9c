"""Messages to an incoming webhook. Its URL is a secret: it alone lets anybody write into the channel."""

import json
import os
import random
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Patience, rate_limit
from mtasts.live.web import NoAnswer, Secret, checked_base, exchange
from mtasts.render.escape import shorten, terminal

_TOLD_LIMIT = 16 * 1024 * 1024


class _Told(Struct):
    schema: str
    version: int
    told: dict[str, str]


def webhook_url(environ: Mapping[str, str], name: str) -> Secret:
    """The URL that the environment holds under `name`; raises CannotLook without quoting it."""
    url = environ.get(name, "").strip()
    if not url:
        raise CannotLook(f"no webhook: {name} is not set", "set it to the URL of an incoming webhook, as a secret")
    return Secret(checked_base(url, name))


def post(url: Secret, value: Mapping[str, Any], patience: Patience) -> None:
    """Send one message. Raises CannotLook when it was not taken.

    An outage is waited for like a forge's, even if the message may have come through: told twice is better than not.
    """
    body = json.dumps(value).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "mtasts"}
    left = patience.waiting
    for attempt in range(1, patience.attempts + 1):
        pause = patience.first_pause * 2.0 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311 - spreads load
        try:
            answer = exchange("POST", url.reveal(), headers, body, seconds=patience.seconds)
        except NoAnswer as error:
            said = url.hidden_in(error.reason)
        else:
            if 200 <= answer.status < 300:
                return
            words = shorten(terminal(url.hidden_in(answer.body[:2000].decode("utf-8", "replace")).strip()), 200)
            said = f"it answered {answer.status}" + (f": {words}" if words else "")
            limit = rate_limit(answer, words, patience.now())
            if limit is None and answer.status < 500:
                raise CannotLook(f"the webhook did not take the message: {said}", "is it still there?")
            pause = pause if limit is None else limit
        if pause > left or attempt == patience.attempts:
            break
        left -= pause
        patience.sleep(pause)
    raise CannotLook(
        f"the webhook did not take the message: {said}", "nothing was marked as reported; the next run reports it"
    )


def read_told(path: Path) -> dict[str, str]:
    """What was told last; nothing when there is no file yet. Raises CannotLook for one that is not ours."""
    try:
        with path.open("rb") as file:
            told = msgspec.json.decode(file.read(_TOLD_LIMIT), type=_Told)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CannotLook(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CannotLook(
            f"{path} is not a file of reported results", "remove it; the next run reports everything again"
        ) from error
    if (told.schema, told.version) != ("mtasts-told", 1):
        raise CannotLook(
            f"{path} is not a file of reported results, version 1", "remove it; the next run reports everything again"
        )
    return told.told


def write_told(path: Path, told: Mapping[str, str]) -> None:
    """Replace the file at once or not at all. Raises CannotLook."""
    value = {"schema": "mtasts-told", "version": 1, "told": dict(sorted(told.items()))}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".told-")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(json.dumps(value, indent=1) + "\n")
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise CannotLook(f"{path} cannot be written: {error.strerror}") from error
