"""The documentation site: whole, with nothing from outside, read from the disk. Needs the extra `docs`."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from render.browser import chromium, needs_chromium

pytest.importorskip("mkdocs")
pytest.importorskip("material")

ROOT = Path(__file__).parents[2]
REFERENCE = sorted((ROOT / "docs" / "reference").glob("*.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING -" not in done.stderr
    return folder


def test_nothing_comes_from_outside(site: Path) -> None:
    """Links may lead out of the site; what a page itself is made of lies in it."""
    in_pages = re.compile(
        r"""<(?!a\b)[a-z-]+\b[^>]*\s(?:src|srcset|href|poster|data)=["']?(?:https?:)?//[^>]*>"""
    )
    in_styles = re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^)]*""")
    for path in site.rglob("*"):
        if path.suffix == ".html":
            assert not in_pages.findall(path.read_text()), path
        if path.suffix in {".html", ".css"}:
            assert not in_styles.findall(path.read_text()), path


def test_every_public_name_has_its_entry(site: Path) -> None:
    checked = 0
    for source in REFERENCE:
        page = (site / "reference" / f"{source.stem}.html").read_text()
        entries = set(re.findall(r'<h[2-5] id="(seldkit[^"]*)"', page))
        for module in re.findall(r"^::: (seldkit\S*)", source.read_text(), re.MULTILINE):
            for name in public_names(module) - {"__version__"}:
                found = any(entry.endswith(f".{name}") for entry in entries)
                assert found, f"{source.name} lacks {module}.{name}"
                checked += 1
    assert checked > 100


def public_names(module: str) -> set[str]:
    """A room's `__all__`, read without importing it; none for a module without one, or a function."""
    path = ROOT.joinpath("src", *module.split("."), "__init__.py")
    for statement in ast.parse(path.read_text()).body if path.exists() else []:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return set(ast.literal_eval(statement.value))
    return set()


def test_every_subcommand_is_described(site: Path) -> None:
    from typer.main import get_command

    from seldkit.cli import app

    page = (site / "reference" / "command.html").read_text()
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert {"detect", "train", "evaluate"} <= set(commands)
    for name in commands:
        assert f"seldkit {name}</code>" in page, name


@needs_chromium
def test_pages_open_and_are_searched_from_the_disk(site: Path, tmp_path: Path) -> None:
    with chromium(tmp_path) as page:
        page.size(390, 844)
        for name in (
            "index",
            "tutorials/first-detection",
            "protocols",
            "reference/metrics",
            "reference/command",
        ):
            page.open(site / f"{name}.html")
            assert page.run("document.querySelector('h1') !== null")
            assert page.run("document.documentElement.scrollWidth") <= 390, name
        page.size(1300, 900)
        page.open(site / "index.html")
        page.run("document.querySelector('[for=__search]').click()")
        page.run(
            "(() => { const field = document.querySelector('.md-search__input'); field.focus();"
            "field.value = 'jackknife'; field.dispatchEvent(new Event('input', {bubbles: true}));"
            "field.dispatchEvent(new KeyboardEvent('keyup', {bubbles: true})) })()"
        )
        page.wait("document.querySelectorAll('.md-search-result__item').length > 2")
        assert not page.log
        assert all(url.startswith(("file:", "data:", "blob:", "about:")) for url in page.requests), (
            page.requests
        )
