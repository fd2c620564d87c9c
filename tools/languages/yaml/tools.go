//go:build tools

// Package yaml pins the language host of Pulumi YAML: this module has no code of its own. The host speaks to the engine
// by a protocol that is stable, so that its own pins of the engine's packages stay.
package yaml

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
