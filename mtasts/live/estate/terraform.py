"""Reads a Terraform or OpenTofu state from a file."""

from pathlib import Path

from mtasts.adoption.estate import Listing, joined
from mtasts.adoption.terraform import read_state
from mtasts.live.estate.files import files_of, read_file


def read_terraform(path: Path) -> Listing:
    """A state or what `show -json` prints, or every `.tfstate` and `.json` of a folder. Raises CannotLook."""
    files = files_of(path, "a state file, or what `terraform show -json` prints")
    states = [file for file in files if file == path or file.suffix in (".tfstate", ".json")]
    return joined(read_state(read_file(file), str(file)) for file in states)
