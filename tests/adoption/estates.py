"""The fixture estate: twelve mail domains with every oddity, as zone files, as octoDNS and as Terraform have them."""

from pathlib import Path

FOLDER = Path(__file__).with_name("estate")
ZONES, OCTODNS, STATE, SHOWN = (
    FOLDER / "zones",
    FOLDER / "octodns",
    FOLDER / "terraform" / "terraform.tfstate",
    FOLDER / "terraform" / "show.json",
)
DOMAINS = (
    "corp.example",
    "dept.corp.example",
    "led.example",
    "news.shop.example",
    "nohost.example",
    "notxt.example",
    "quick.example",
    "shop.example",
    "two.example",
    "wild.example",
    "wrong.example",
    "xn--mller-kva.example",
)
