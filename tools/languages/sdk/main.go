// Command sdk writes the SDKs that `pulumi package gen-sdk` and `pulumi package add` write. Those ask a language host
// for it, and the hosts of TypeScript and Go are not to be had as Go modules; the generators that they call are.
//
//	sdk SCHEMA nodejs|go|python FOLDER
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "pulumi"

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: sdk SCHEMA nodejs|go|python FOLDER"))
	}
	files, err := generate(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	for name, text := range files {
		path := filepath.Join(os.Args[3], name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			fail(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			fail(err)
		}
	}
}

func generate(file, language string) (map[string][]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, err
	}
	none := schema.NewPluginLoader(nil) // nothing of another package is referred to
	pkg, err := schema.ImportSpec(spec, nil, none, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	pkg.SupportPack = true // as for `pulumi package add`
	switch language {
	case "nodejs":
		return nodejs.GeneratePackage(tool, pkg, nil, nil, true, none)
	case "go":
		return gogen.GeneratePackage(tool, pkg, nil)
	case "python":
		return python.GeneratePackage(tool, pkg, nil, none)
	}
	return nil, fmt.Errorf("no generator for %q", language)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "sdk:", err)
	os.Exit(1)
}
