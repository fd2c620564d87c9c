"""A channel that learns what has changed: outcomes of the checks that differ from those reported last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtasts.app.parts import read_parts
from mtasts.live.forge.calls import Patience
from mtasts.live.forge.environment import job_of
from mtasts.live.webhook import post, read_told, webhook_url, write_told
from mtasts.render.ci.notice import changes, message


@dataclass(frozen=True, slots=True)
class NotifyRequest:
    """`files`: of parts. `told`: what was reported last, kept there. `webhook`: the variable of `environ` with the URL.

    `link`: where to read more, "" for the page of this run.
    """

    files: Sequence[Path]
    told: Path
    webhook: str
    environ: Mapping[str, str] = field(repr=False)  # it holds secrets
    link: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What has changed: how many outcomes, the message that says so, and what will have been reported then."""

    count: int
    message: Mapping[str, Any]
    told: Mapping[str, str]


def news_of(request: NotifyRequest) -> News:
    """What has changed since it was reported last. Raises CannotLook."""
    found, told = changes(read_parts(request.files), read_told(request.told))
    return News(len(found), message(found, request.link or job_of(request.environ).page), told)


def notify(request: NotifyRequest) -> News:
    """Post what has changed, then remember it: nothing goes unreported. Raises CannotLook."""
    url = webhook_url(request.environ, request.webhook)
    news = news_of(request)
    if news.count:
        post(url, news.message, Patience())
    write_told(request.told, news.told)
    return news
