"""Stores of reports: a folder, or an S3 bucket. `open_store` chooses by the location."""

from mtasts.live.store.contract import Added, Incoming, Quarantined, Store

__all__ = ["Added", "Incoming", "Quarantined", "Store", "open_store"]


def open_store(location: str, *, create: bool = False) -> Store:
    """The store at a folder or at `s3://bucket/prefix`.

    Raises CannotLook if it is not there (unless `create`), cannot be opened, or is of a newer layout.
    """
    if location.startswith("s3://"):
        from mtasts.live.store.s3 import S3Store  # noqa: PLC0415 - boto3 takes 300 ms to load

        return S3Store(location)
    from mtasts.live.store.folder import FolderStore  # noqa: PLC0415

    return FolderStore(location, create=create)
