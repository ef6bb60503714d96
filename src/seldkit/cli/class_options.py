"""The option that names the classes of files that do not hold the names themselves."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from seldkit.classes import ClassVocabulary

Classes = Annotated[
    str | None,
    typer.Option(
        help="Class names in the order of their numbers: a text file with one name per line, or "
        "NAME,NAME,…  Default: classes.txt of the dataset, else the 13 classes of STARSS23."
    ),
]


def vocabulary_of(classes: str | None) -> "ClassVocabulary | None":
    """Parses the option; None if it is not given.

    Args:
        classes: Value of the option.

    Returns:
        The vocabulary.

    Raises:
        FormatError: The file cannot be read, or the names are not a valid vocabulary.
    """
    if classes is None:
        return None
    from seldkit.classes import ClassVocabulary

    return ClassVocabulary.from_option(classes)
