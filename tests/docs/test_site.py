"""The documentation site: complete, self-contained, usable without a server. Needs the extra `docs`."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from render.browser import chromium, needs_chromium

pytest.importorskip("zensical")

ROOT = Path(__file__).parents[2]
REFERENCE = sorted((ROOT / "docs" / "reference").glob("*.md"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    command = [sys.executable, str(ROOT / "tools" / "build_site.py"), str(folder)]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr
    return folder


@pytest.fixture(scope="module")
def site(built: Path) -> Path:
    return built / "site"


def test_the_navigation_lists_every_page(built: Path) -> None:
    navigation = str(yaml.safe_load((built / "mkdocs.yml").read_text())["nav"])
    pages = {path.relative_to(built / "docs").as_posix() for path in (built / "docs").rglob("*.md")}
    assert sorted(re.findall(r"[\w/-]+\.md", navigation)) == sorted(pages)


def test_images_exist(site: Path) -> None:
    for page in site.rglob("*.html"):
        for source in re.findall(r'<img[^>]*\ssrc="([^"]+)"', page.read_text()):
            assert source.startswith("data:") or (page.parent / source).is_file(), f"{page}: {source}"


def test_pages_do_not_load_external_resources(site: Path) -> None:
    in_pages = re.compile(
        r"""<(?!a\b)[a-z-]+\b[^>]*\s(?:src|srcset|href|poster|data)=["']?(?:https?:)?//[^>]*>"""
    )
    in_styles = re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^)]*""")
    for path in site.rglob("*"):
        if path.suffix == ".html":
            assert not in_pages.findall(path.read_text()), path
        if path.suffix in {".html", ".css"}:
            assert not in_styles.findall(path.read_text()), path


def test_every_public_name_has_an_entry(site: Path) -> None:
    checked = 0
    for source in REFERENCE:
        page = (site / "reference" / f"{source.stem}.html").read_text()
        entries = set(re.findall(r'<h[2-5] id="(seldkit[^"]*)"', page))
        for module in re.findall(r"^::: (seldkit\S*)", source.read_text(), re.MULTILINE):
            for name in public_names(module) - {"__version__"}:
                documented = any(entry.endswith(f".{name}") for entry in entries)
                assert documented, f"{source.name} does not contain {module}.{name}"
                checked += 1
    assert checked > 100


def public_names(module: str) -> set[str]:
    """Reads `__all__` of a package without importing it; empty for other modules and for functions."""
    path = ROOT.joinpath("src", *module.split("."), "__init__.py")
    for statement in ast.parse(path.read_text()).body if path.exists() else []:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return set(ast.literal_eval(statement.value))
    return set()


def test_parameters_and_examples_of_docstrings_are_rendered(site: Path) -> None:
    geometry = (site / "reference" / "geometry.html").read_text()
    assert re.search(r"Parameters:.*<td>\s*<code>azimuth</code>", geometry, re.DOTALL)
    pages = "".join(page.read_text() for page in (site / "reference").glob("*.html"))
    assert "&gt;&gt;&gt; " in pages
    assert "doctest: +SKIP" not in pages
    assert "<blockquote>" not in pages  # doctests outside of a section "Examples:"


def test_every_subcommand_is_described(site: Path) -> None:
    from typer.main import get_command

    from seldkit.cli import app

    page = (site / "reference" / "command.html").read_text()
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert {"detect", "train", "evaluate"} <= set(commands)
    for name in commands:
        assert f"seldkit {name}</code>" in page, name


@needs_chromium
def test_pages_and_search_work_without_a_server(site: Path, tmp_path: Path) -> None:
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
        page.run("document.querySelector('.md-search__button').click()")
        page.wait("[...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector('input'))")
        page.run(
            "(() => { const host = [...document.querySelectorAll('*')]"
            ".find(e => e.shadowRoot?.querySelector('input'));"
            "const field = host.shadowRoot.querySelector('input'); field.focus();"
            "field.value = 'jackknife'; field.dispatchEvent(new Event('input', {bubbles: true})) })()"
        )
        page.wait(
            "[...document.querySelectorAll('*')].some(e => e.shadowRoot"
            "?.querySelectorAll('a[href*=\"protocols.html\"]').length > 0)"
        )
        assert not page.log
        assert all(url.startswith(("file:", "data:", "blob:", "about:")) for url in page.requests), (
            page.requests
        )
