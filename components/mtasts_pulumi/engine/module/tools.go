//go:build tools

// Package engine pins the Pulumi engine that is built where no release of it can be downloaded: this module has no
// code of its own. The version here equals that of mtasts_pulumi/engine/version.py
// (tests/mtasts_pulumi/engine/test_find.py holds them together).
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
