"""Names of version 0.1 that still work."""

import pytest

import seldkit.conversion
import seldkit.synthesis
import seldkit.synthesis.scene_images


def test_names_of_version_0_1_are_deprecated_aliases() -> None:
    with pytest.deprecated_call(match="use propagate"):
        assert seldkit.synthesis.heard is seldkit.synthesis.propagate
    with pytest.deprecated_call(match="use draw_image_plan"):
        assert seldkit.synthesis.scene_images.draw_pictures is seldkit.synthesis.scene_images.draw_image_plan
    with pytest.deprecated_call(match="use ConversionSettings"):
        assert seldkit.conversion.Conversion is seldkit.conversion.ConversionSettings
