"""The reader of pages sees commands, links and blocks as a reader does, with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import blocks, broken_links

PAGE = """# A page

See [there](other.md#a-heading-of-it), [nowhere](gone.md) and
[here](#no-such-heading); ![a picture](gone.png), [the web](https://example.org), [itself](#a-page).

```sh
first one       # a remark
second \\
    --option 1  # goes on
# only a remark

third
```

```text
[not a link](gone.md)
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "other.md").write_text("# Other\n\n## A heading of it\n", encoding="utf-8")
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    return tmp_path / "page.md"


def test_commands_have_the_lines_on_which_they_begin(page: Path):
    (block,) = blocks(page, "sh")
    assert block.line == 6
    assert block.commands == [
        (7, "first one       # a remark"),
        (8, "second      --option 1  # goes on"),
        (12, "third"),
    ]


def test_links_that_lead_nowhere_are_found_and_no_others(page: Path):
    assert list(broken_links(page)) == [(3, "gone.md"), (4, "#no-such-heading"), (4, "gone.png")]
