"""HTML templates: one Jinja configuration for all packages, which escapes every value."""

from functools import lru_cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

TEMPLATE_SUFFIX: Final = ".html.j2"


def render_template(package: str, template: str, /, **values: object) -> Markup:
    """Renders a template of a package.

    All values are escaped, except those of type `Markup`. An undefined name is an error.

    Args:
        package: Dotted name of the package, whose folder ``templates`` contains the template.
        template: Name of the template without suffix.
        **values: Values for the names in the template.

    Returns:
        HTML.
    """
    return Markup(_environment(package).get_template(template + TEMPLATE_SUFFIX).render(values))


@lru_cache
def _environment(package: str) -> Environment:
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
