"""The forges' documented APIs on loopback, and what our clients make of them."""
