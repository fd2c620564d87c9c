"""Pure: from YAML to the desired state of a mail domain, and the rules by which it may change."""
