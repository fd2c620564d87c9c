"""A domain that has MTA-STS already is taken over with the real engine, while a sender asks all the time from outside.

Each way of being there before in one mode; `python -m bench.adopt_kills` plays every way in both modes, killed at
twenty points each.
"""

import functools
import itertools

import pytest

from tests.publishing.adopting import DOMAIN, ID, MODES, WAYS, before_adoption, text
from tests.publishing.killing import FAULTS, WHAT, Point, kill_at, result

pytestmark = pytest.mark.needs("namespaces")

SCENES = list(zip(WAYS, itertools.cycle(MODES), strict=False))
ORDINARY_LIFE = ("pages", "worker")  # where the life after it is played, too: one of each DNS provider


@pytest.fixture(scope="session")
def before(tmp_path_factory, engine):
    """The folder of a stage before the domain is taken over, at rest, by way and mode; made once each."""

    @functools.cache
    def made(way, mode):
        folder = tmp_path_factory.mktemp("b")
        with before_adoption(folder, way, mode):
            pass
        return folder

    return made


@pytest.fixture
def scene(tmp_path, engine, monkeypatch, before):
    """Begins a stage as a copy of the one before the take-over."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    return lambda way, mode: before_adoption(tmp_path, way, mode, before(way, mode))


@pytest.mark.parametrize(("way", "mode"), SCENES)
def test_a_sender_sees_nothing_worse_while_it_is_taken_over(scene, way, mode):
    """Before, meanwhile and afterwards; then there is nothing to do, and the domain lives as any other."""
    with scene(way, mode) as stage:
        with stage.onlooker() as looked:
            done = stage.adopt()
        assert done.code == 0, done.out + done.err
        assert stage.judge(looked) == []
        wanted = stage.yaml()
        if WAYS[way].served:
            assert stage.look() == ([ID], {text(mode)})
            assert (wanted["mode"], wanted["adopted"]["text"]) == (mode, text(mode))
        assert wanted["adopted"]["id"] == ID
        if way in ORDINARY_LIFE:
            _lives_on(stage)


def _lives_on(stage):
    again = stage.adopt()
    assert (again.code, again.json["result"]) == (0, "nothing-to-do"), again.out + again.err
    assert stage.mtasts(*stage.words("preview"), "--expect-no-changes").code == 0
    other = next(mode for mode in MODES if mode != stage.mode)
    stage.edit(DOMAIN, mode=other)
    flipped = stage.up()
    assert flipped.code == 0, flipped.err
    ids, (policy,) = stage.look()
    assert ids != [ID]
    assert f"mode: {other}\r\n" in policy


@pytest.mark.parametrize(("number", "way", "mode"), [(number, *scene) for number, scene in enumerate(SCENES)])
def test_killed_twice_it_goes_on_and_a_sender_sees_nothing_of_it(scene, number, way, mode):
    """SIGKILL at a changing call of a provider, again at one of the next run, and a run to the end."""
    first = Point(FAULTS[number % 2], 4 + 2 * number, WHAT[number % 3])
    second = Point(FAULTS[(number + 1) % 2], 2 + number % 3, WHAT[(number + 1) % 3])
    with scene(way, mode) as stage:
        with stage.onlooker() as looked:
            reached = [kill_at(stage, point) for point in (first, second)]
            done = stage.adopt()
        assert done.code == 0, done.out + done.err
        assert reached[0], "the run was over before its kill"
        assert stage.judge(looked) == []
        left = result(stage)
    assert left["pending"] == []
    assert left["yaml"]["adopted"]["id"] == ID
