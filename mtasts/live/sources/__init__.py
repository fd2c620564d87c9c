"""Sources of reports: files and folders, archives, mailboxes, buckets, standard input."""

from mtasts.errors import CannotLook
from mtasts.live.sources.contract import ImapSecret, Item, Source, SourceOptions

__all__ = ["ImapSecret", "Item", "Source", "SourceOptions", "open_source"]


def open_source(location: str, options: SourceOptions) -> Source:
    """The source at a path, `-`, `imaps://USER@HOST[:PORT]/MAILBOX`, `imap://...` (STARTTLS) or `s3://BUCKET/PREFIX`.

    Raises CannotLook if it cannot be read.
    """
    if location == "-":
        from mtasts.live.sources.files import StandardInput  # noqa: PLC0415

        return StandardInput()
    if location.startswith(("imap://", "imaps://")):
        from mtasts.live.sources.imap import ImapMailbox  # noqa: PLC0415

        return ImapMailbox(location, options)
    if location.startswith("s3://"):
        from mtasts.live.sources.s3 import S3Prefix  # noqa: PLC0415 - boto3 takes 300 ms to load

        return S3Prefix(location, options)
    if "://" in location:
        raise CannotLook(f"{location}: no such kind of source", "a path, -, imaps://, imap:// or s3://")
    from mtasts.live.sources.files import Files  # noqa: PLC0415

    return Files(location)
