"""A text that a command line names: a file, or an object in S3. Bounded."""

from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.s3 import read_object

TEXT_BYTES_LIMIT = 64 * 2**20


def read_text(location: Path | str) -> str:
    """A text file of at most 64 MiB; a str may also be `s3://BUCKET/KEY`. Raises CannotLook."""
    if isinstance(location, str) and location.startswith("s3://"):
        data = read_object(location, TEXT_BYTES_LIMIT + 1)
    else:
        try:
            with Path(location).open("rb") as file:
                data = file.read(TEXT_BYTES_LIMIT + 1)
        except OSError as error:
            raise CannotLook(f"{location}: {error.strerror}", "check the path and its permissions") from None
    if len(data) > TEXT_BYTES_LIMIT:
        raise CannotLook(f"{location}: larger than {TEXT_BYTES_LIMIT // 2**20} MiB", "is this the right file?")
    # Some editors write a byte order mark; it is not part of the first line.
    return data.decode("utf-8-sig", "replace")
