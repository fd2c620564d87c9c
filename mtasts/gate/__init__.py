"""The merge gate: may a proposed change be merged? And the waves of the bot. Pure."""
