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


@pytest.mark.parametrize("text", ["<!-- run: x -->\nno block\n", PAGE + PAGE])
def test_a_page_that_cannot_be_followed_is_refused(text: str, tmp_path: Path) -> None:
    """A mark before no block, a name that is there twice."""
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=r"no block|twice"):
        guide.read(page)
