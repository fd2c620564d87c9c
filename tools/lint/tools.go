//go:build tools

// Package lint pins actionlint, which is published as a Go module and as release downloads only: this module has no
// code of its own. tools/actionlint.py builds it.
package lint

import _ "github.com/rhysd/actionlint/cmd/actionlint"
