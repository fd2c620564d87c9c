"""The program that `pulumi` and `mtasts` run: policies/<stack>/*.yaml, published."""

from mtasts_pulumi.program import run

run(__file__)
