"""Pages whose text stands elsewhere in the repository, or in the command's help: a hook of MkDocs."""

import re
import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "default-model.md": "src/seldkit/models/default/README.md",
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List pages of `docs/` that have no place of their own yet under Guides; MkDocs calls this."""
    listed = set(re.findall(r"[\w/-]+\.md", str(config.nav)))
    more = sorted(path.name for path in Path(config.docs_dir).glob("*.md") if path.name not in listed)
    if more and config.nav:
        guides = next(part["Guides"] for part in config.nav if "Guides" in part)
        guides.append({"More": more})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add these pages to the site's files; MkDocs calls this."""
    pages = {page: (ROOT / path).read_text(encoding="utf-8") for page, path in ELSEWHERE.items()}
    pages["reference/command.md"] = command_page()
    for page, text in pages.items():
        files.append(File.generated(config, page, content=text.replace("](docs/", "](")))
    return files


def command_page() -> str:
    """What `--help` says of each subcommand, as Typer writes it."""
    typer = [sys.executable, "-m", "typer", "seldkit.cli", "utils", "docs", "--name", "seldkit"]
    text = subprocess.run(
        [*typer, "--title", "The command"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    # Its list of subcommands cuts their first sentences short; the page's own contents name them already.
    return re.sub(r"\*\*Commands\*\*:.*?(?=^## )", "", text, count=1, flags=re.DOTALL | re.MULTILINE)
