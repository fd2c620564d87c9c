"""Reads an octoDNS config folder: a YAML file a zone, or a folder of files for a split one."""

from collections.abc import Iterator
from pathlib import Path

from mtasts.adoption.estate import Listing, Unread, joined
from mtasts.adoption.octodns import read_zone, zone_of_file, zone_of_folder
from mtasts.errors import CannotLook
from mtasts.live.estate.files import files_of, read_file

_WANTED = "octoDNS's folder of zones, with files such as example.com.yaml"


def read_octodns(folder: Path) -> Listing:
    """Every zone of the folder. Raises CannotLook where there is none."""
    zones = list(_zones(files_of(folder, _WANTED, ".yaml"), folder))
    if not zones:
        raise CannotLook(f"{folder} has no zone of octoDNS's", f"give {_WANTED}")
    return joined(_read(file, zone) for file, zone in zones)


def _zones(files: list[Path], folder: Path) -> Iterator[tuple[Path, str]]:
    """The files that hold zones, each with its zone; others, such as octoDNS's own config, are passed over."""
    for file in files:
        # Of a split zone all files count, whatever they are called, and none of them has the zone in its name.
        split = zone_of_folder(file.parent.name) if file.parent != folder else None
        zone = split or zone_of_file(file.name)
        if zone:
            yield file, zone


def _read(file: Path, zone: str) -> Listing:
    try:
        return read_zone(read_file(file), str(file), zone)
    except CannotLook as error:
        return Listing(unread=(Unread(str(file), error.message),))
