"""The component package, started by the engine's Python host: see PulumiPlugin.yaml."""

from mtasts_pulumi.package.plugin import main

if __name__ == "__main__":
    main()
