"""Which control planes tools/dev builds, and how the tests hear of them."""

import shutil
from pathlib import Path

import pytest
from devkit import kubeplane, steps, tiers
from locus_e2e import settings


def test_tests_and_tools_name_the_same_versions() -> None:
    """In the same order: the newest is what the demo runs."""
    assert settings.KUBERNETES_VERSIONS == kubeplane.VERSIONS
    assert all(kubeplane.release(version).startswith(f"{version}.") for version in kubeplane.VERSIONS)


def test_a_change_of_one_version_rebuilds_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a binary is kept under follows from its own sources."""
    shutil.copytree(kubeplane.SOURCE, tmp_path / "source")
    monkeypatch.setattr(kubeplane, "SOURCE", tmp_path / "source")
    before = {version: kubeplane.location(version) for version in kubeplane.VERSIONS}
    assert len(set(before.values())) == len(before)
    with kubeplane.go_mod("1.33").with_suffix(".sum").open("a") as sums:
        sums.write("another line\n")
    after = {version: kubeplane.location(version) for version in kubeplane.VERSIONS}
    assert {version for version in before if before[version] != after[version]} == {"1.33"}


def _only(monkeypatch: pytest.MonkeyPatch, *there: str) -> list[str]:
    """Lets only these versions be built; returns those that were asked for."""
    asked = []

    def ensure(version: str) -> Path:
        asked.append(version)
        if version not in there:
            raise steps.StepFailed("  no network")
        return Path("/cache") / version / "kubeplane"

    monkeypatch.setattr(kubeplane, "ensure", ensure)
    return asked


def test_an_older_version_that_cannot_be_built_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the tests are told of those that are there."""
    _only(monkeypatch, "1.36", "1.30")
    for name, value in tiers.e2e_environment(Path("/bin"), tiers.control_planes()).items():
        monkeypatch.setenv(name, value)
    assert settings.kubeplanes() == {version: Path(f"/cache/{version}/kubeplane") for version in ("1.36", "1.30")}
    assert settings.kubeplane() == Path("/cache/1.36/kubeplane")


def test_without_the_newest_no_other_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tier is skipped as a whole then, at once."""
    asked = _only(monkeypatch, "1.33", "1.30")
    assert tiers.control_planes() == {}
    assert asked == ["1.36"]


@pytest.mark.parametrize("text", ["1.36", "1.29=/somewhere", "=/somewhere"])
def test_a_control_plane_that_nobody_knows_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Not a test less."""
    monkeypatch.setenv("LOCUS_KUBEPLANES", text)
    with pytest.raises(settings.SettingsError):
        settings.kubeplanes()
