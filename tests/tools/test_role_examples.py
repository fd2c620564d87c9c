"""The example policies are those that `mtasts setup` gives."""

from tools import role_examples


def test_the_files_are_what_the_roles_are():
    """Written by `python -m tools.role_examples`."""
    files = {path.stem: path.read_text(encoding="utf-8") for path in role_examples.FOLDER.glob("*.json")}

    assert files == {name: role_examples.text(document) for name, document in role_examples.examples().items()}
