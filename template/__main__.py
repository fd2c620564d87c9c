from mtasts_pulumi.program import run
run(__file__)
