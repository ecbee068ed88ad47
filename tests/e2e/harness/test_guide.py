"""How a page becomes commands."""

from pathlib import Path

import pytest
from locus_e2e import guide

PAGE = """\
Words.
<!-- file: a.conf -->
```properties
key value
```
<!-- run: first -->
```sh
printf 'one\\n'
cat a.conf
```
```sh
false  # nobody is told to run this
```
<!-- run: second -->
```sh
echo two
```
"""

OTHER = """\
<!-- instead: second -->
```sh
echo 2
```
"""


def test_marked_blocks_alone_are_followed_in_their_order(tmp_path: Path) -> None:
    """Files and commands apart; each command's output is found again."""
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    found = guide.read(page)
    assert found.files == {"a.conf": "key value\n"}
    assert list(found.commands) == ["first", "second"]
    assert "false" not in found.script()
    assert found.outputs("=== first\none\nkey value\n=== second\ntwo\n=== \nlater\n") == {
        "first": "one\nkey value\n",
        "second": "two\n",
    }
    assert found.outputs("=== first\none\n") == {"first": "one\n"}


def test_another_way_takes_the_place_of_a_command(tmp_path: Path) -> None:
    """Wherever it stands on the page, and only when it is asked for."""
    page = tmp_path / "page.md"
    page.write_text(PAGE + OTHER)
    found = guide.read(page)
    assert "echo 2" not in found.script() and "echo two" in found.script()
    script = found.script(other_way=True)
    assert "echo two" not in script and script.index("=== first") < script.index("=== second") < script.index("echo 2")


@pytest.mark.parametrize("text", ["<!-- run: x -->\nno block\n", PAGE + PAGE, OTHER])
def test_a_page_that_cannot_be_followed_is_refused(text: str, tmp_path: Path) -> None:
    """A mark before no block, a name that is there twice, another way to do nothing."""
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=r"no block|twice|no command second"):
        guide.read(page)
