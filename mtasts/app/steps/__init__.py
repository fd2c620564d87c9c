"""The steps of one mail domain: promote, mx, retire, rollback. Each edits its YAML, and publishes nothing."""
