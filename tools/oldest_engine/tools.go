//go:build tools

// Package oldest_engine pins the oldest Pulumi engine that is supported, for `python -m tools.oldest_engine`. The version
// equals OLDEST of mtasts_pulumi/engine/version.py (tests/mtasts_pulumi/engine/test_find.py holds them together).
package oldest_engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
