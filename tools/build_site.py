"""Builds the documentation site.

`python tools/build_site.py [FOLDER]` collects the pages in FOLDER/docs and builds FOLDER/site. The default
FOLDER is `build`. Broken links are errors.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from sources import ROOT

INCLUDED: Final = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "default-model.md": "src/seldkit/models/default/README.md",
}
"""Pages whose text is a file outside of `docs/`."""


def build(folder: Path) -> int:
    """Builds the site.

    Args:
        folder: Folder for the collected pages and the site; its earlier contents of these names are replaced.

    Returns:
        Exit status: 0, or 1 if a page contains a broken link or refers to an unknown name.
    """
    shutil.rmtree(folder / "site", ignore_errors=True)
    collect(folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}  # where mkdocstrings searches for sources
    return subprocess.run([*command, "--config-file", str(folder / "mkdocs.yml")], env=environment).returncode


def collect(folder: Path) -> None:
    """Copies the configuration and all pages to a folder.

    Args:
        folder: Folder to write; it gets mkdocs.yml and docs/.
    """
    pages = folder / "docs"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(ROOT / "docs", pages)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    for page, path in INCLUDED.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        (pages / page).write_text(text.replace("](docs/", "]("), encoding="utf-8")
    (pages / "reference" / "command.md").write_text(command_page(), encoding="utf-8")


def command_page() -> str:
    """Writes the help texts of all subcommands as a page.

    Returns:
        Markdown.
    """
    typer = [sys.executable, "-m", "typer", "seldkit.cli", "utils", "docs", "--name", "seldkit"]
    text = subprocess.run(
        [*typer, "--title", "Command line"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    # Typer truncates the first sentences in its list of subcommands; the page has a table of contents.
    return re.sub(r"\*\*Commands\*\*:.*?(?=^## )", "", text, count=1, flags=re.DOTALL | re.MULTILINE)


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"))
