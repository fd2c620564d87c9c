"""The Pulumi engine: finding or building the binary, and driving it with the project's own program."""
