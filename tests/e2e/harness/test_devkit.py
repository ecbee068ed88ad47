"""What tools/dev counts and says."""

import os
from pathlib import Path

import pytest
from devkit import images, results, steps

REPORT = """<testsuites><testsuite name="s">
<testcase classname="m" name="good"/>
<testcase classname="m" name="bad"><failure/></testcase>
<testcase classname="m" name="broken"><error/></testcase>
<testcase classname="m" name="left"><skipped message="no Go"/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_counted_case_by_case(tmp_path: Path) -> None:
    """Failures and errors by name, skips with their reason."""
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    found = results.read_junit(report, "unit")
    assert (found.passed, found.failures, found.skips) == (1, ["m::bad", "m::broken"], ["m::left: no Go"])


@pytest.mark.parametrize("text", [None, "", "<testsuites>"])
def test_a_report_that_cannot_be_read_is_a_failure(tmp_path: Path, text: str) -> None:
    """Never nothing."""
    report = tmp_path / "report.xml"
    if text is not None:
        report.write_text(text)
    assert len(results.read_junit(report, "unit").failures) == 1


def test_the_closing_line_sums_all_tiers_and_a_skip_can_be_made_a_failure() -> None:
    """The form that CI reads."""
    tiers = [results.Tier("unit", passed=3), results.Tier("kubernetes", skips=["no Go"])]
    assert results.closing(tiers) == "3 passed, 0 failed, 1 skipped"
    assert tiers[1].line() == "kubernetes   0 passed, 0 failed, 1 skipped\n               skipped: no Go"
    for tier in tiers:
        tier.skips_fail()
    assert results.closing(tiers) == "3 passed, 1 failed, 0 skipped"


def test_a_step_that_fails_shows_its_last_words_and_the_way_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tail of the log, its path, and the hint."""
    monkeypatch.setattr(steps, "LOGS", tmp_path)
    with pytest.raises(steps.StepFailed) as failed:
        steps.run(
            "compile", ["sh", "-c", "echo no such header; exit 1"], name="compile", hint="install it", cwd=tmp_path
        )
    text = str(failed.value)
    assert "| no such header" in text and "next: install it" in text and str(tmp_path) in text


def test_a_long_step_gives_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the last line of its output."""
    monkeypatch.setattr(steps, "LOGS", tmp_path)
    monkeypatch.setattr(steps, "HEARTBEAT_SECONDS", 0.05)
    gate = tmp_path / "gate"
    script = f"echo compiling; while [ ! -e {gate} ]; do sleep 0.01; done"
    real_say = steps.say

    def say(text: str = "") -> None:
        real_say(text)
        if "compiling" in text:
            gate.touch()

    monkeypatch.setattr(steps, "say", say)
    assert steps.run("compile", ["sh", "-c", script], name="compile", hint="", cwd=tmp_path) == 0
    printed = capsys.readouterr().out
    assert "compiling" in printed
    assert "compile: done in" in printed


def test_without_root_no_image_is_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The reason is said, and nothing is left."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(images, "CACHE", tmp_path)
    with pytest.raises(steps.StepFailed, match="only root .* start as root"):
        images.ensure()
    assert not list(tmp_path.iterdir())
