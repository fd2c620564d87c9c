"""What a renderable looks like at a width, as text."""

from rich.console import Console, RenderableType

from mtasts.render.fold import UNLIMITED


def drawn(shown: RenderableType, width: int = UNLIMITED) -> list[str]:
    """Its lines, without colour."""
    console = Console(width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(shown, crop=False)
    return [line.rstrip() for line in captured.get().rstrip("\n").split("\n")]
