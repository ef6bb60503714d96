import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from seldkit.render.html_templates import render_template
from seldkit.render.report.html_page import plain_element


def test_values_are_escaped_unless_they_are_markup() -> None:
    assert "&lt;b&gt;&#34;" in render_template("seldkit.web", "error", message='<b>"')
    assert "<b></p>" in render_template("seldkit.web", "error", message=Markup("<b>"))


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="message"):
        render_template("seldkit.web", "error")


def test_data_of_a_page_cannot_end_its_element() -> None:
    with pytest.raises(ValueError, match="expected text without '<'"):
        plain_element("recording", "</script>")
