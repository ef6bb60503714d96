"""Damaged and odd metadata files: what each is made of, and what must come of it.

A row either has `error`, a pattern that the one-line FormatError matches, or `rows`, the number of rows that
are read. `row.build(folder)` writes the file and returns its path.
"""

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path

HEADER = b"frame,class,source,azimuth,distance,onscreen\n"
GOOD = b"0,0,1,-9,155,0\n1,0,1,-9,155,1\n"


@dataclass(frozen=True)
class Row:
    """One file: its name, its content, the format it is read in, and the outcome."""

    name: str
    content: bytes
    error: str | None = None
    rows: int | None = None
    format: str = "dcase2025"
    suffix: str = ".csv"

    def build(self, folder: Path) -> Path:
        """Write the file into a folder."""
        path = folder / f"{self.name}{self.suffix}"
        path.write_bytes(self.content)
        return path


def bad(name: str, line: bytes, error: str) -> Row:
    """A 2025 file whose line 3 is bad, between good ones."""
    content = HEADER + b"0,0,1,-9,155,0\n" + line + b"\n4,0,1,-9,155,0\n"
    return Row(name, content, error=rf"line 3: expected .*{error}")


def json_row(name: str, content: str, error: str) -> Row:
    """A damaged file of seldkit's JSON."""
    return Row(name, content.encode(), error=error, format="json", suffix=".json")


_JSON_HEAD = '{"format": "seldkit-annotations", "version": 1, "frame_count": 5, "classes": ["bell"], "rows": '
_COLUMNS = '{"frame": [0], "class_id": [0], "source": [0], "azimuth": [%s], "distance": [%s], "onscreen": %s}'

ROWS = [
    bad("azimuth_nan", b"1,0,1,nan,155,0", "azimuth of -180 to 180 .*got 'nan'"),
    bad("distance_inf", b"1,0,1,5,inf,0", "distance.*got 'inf'"),
    bad("azimuth_infinite", b"1,0,1,-Infinity,155,0", "azimuth.*got '-Infinity'"),
    bad("azimuth_190", b"1,0,1,190,155,0", "azimuth of -180 to 180 degrees .*got '190'"),
    bad("azimuth_minus_181", b"1,0,1,-181,155,0", "azimuth.*got '-181'"),
    bad("frame_negative", b"-1,0,1,5,155,0", "a frame number from 0.*got '-1'"),
    bad("frame_fraction", b"1.5,0,1,5,155,0", "a frame number.*got '1.5'"),
    bad("frame_huge", b"1e300,0,1,5,155,0", "a frame number.*got '1e300'"),
    bad("distance_negative", b"1,0,1,5,-155,0", "a distance from 0.*got '-155'"),
    bad("onscreen_2", b"1,0,1,5,155,2", "on-screen 0 or 1.*got '2'"),
    bad("onscreen_probability", b"1,0,1,5,155,0.7", "on-screen 0 or 1.*got '0.7'"),
    bad("onscreen_true", b"1,0,1,5,155,true", "on-screen 0 or 1.*got 'true'"),
    bad("class_13", b"1,13,1,5,155,0", "a class number of 0 to 12 .*got '13'"),
    bad("class_negative", b"1,-1,1,5,155,0", "a class number of 0 to 12 .*got '-1'"),
    bad("class_name", b"1,bell,1,5,155,0", "a class number.*got 'bell'"),
    bad("source_negative", b"1,0,-2,5,155,0", "a source number.*got '-2'"),
    bad("source_repeated", b"0,0,1,40,155,0", "each source of a class once.*source 1 again"),
    bad("five_columns_in_one_line", b"1,0,1,5,155", "6 numbers.*got 5 columns"),
    bad("seven_columns_in_one_line", b"1,0,1,5,155,0,9", "6 numbers.*got 7 columns"),
    bad("comma_at_the_end", b"1,0,1,5,155,0,", "got 7 columns"),
    bad("empty_cell", b"1,0,1,,155,0", "azimuth.*got ''"),
    bad("decimal_comma", b"1,0,1,5,2,155,0", "got 7 columns"),
    bad("underscore_number", b"1,0,1,1_0,155,0", "azimuth.*got '1_0'"),
    bad("hexadecimal", b"0x1,0,1,5,155,0", "a frame number.*got '0x1'"),
    bad("two_minus_signs", b"1,0,1,--5,155,0", "azimuth.*got '--5'"),
    bad("semicolons_in_one_line", b"1;0;1;5;155;0", "got semicolons.*save it with commas"),
    bad("second_header", HEADER.strip(), "a frame number.*got 'frame'"),
    bad("comment", b"# by hand", "6 numbers.*got 1 columns"),
    bad("latin1_cell", b"1,0,1,5\xb0,155,0", r"azimuth.*got '5\\\\xb0'"),
    bad("arabic_digits", "1,0,1,٥x,155,0".encode(), "azimuth"),
    bad("cut_short", b"1,0,1", "6 numbers.*got 3 columns"),
    Row(
        "two_wrong_widths_that_even_out",
        HEADER + b"0,0,1,5,155\n1,0,1,5,155,0,0\n",
        error="line 2: .*got 5 columns",
    ),
    Row("several_problems", HEADER + b"0,0,1,500,155,0\n1,99,1,5,1,0\n", error=r"line 2: .*\(and 1 more\)"),
    Row("semicolons", HEADER.replace(b",", b";") + GOOD.replace(b",", b";"), error="got semicolons"),
    Row("tabs", HEADER.replace(b",", b"\t") + GOOD.replace(b",", b"\t"), error="got tabs"),
    Row("semicolons_no_header", GOOD.replace(b",", b";"), error="semicolons: save it with commas"),
    Row(
        "utf16",
        ("\ufeff" + (HEADER + GOOD).decode()).encode("utf-16-le"),
        error="got UTF-16; save it as UTF-8",
    ),
    Row("utf16_no_mark", (HEADER + GOOD).decode().encode("utf-16-le"), error="got binary data"),
    Row(
        "latin1_header",
        b"frame,classe,source,azimut\xe9,distance,onscreen\n" + GOOD,
        error="line 1: expected UTF-8",
    ),
    Row("binary", struct.pack("<8d", *range(8)) * 20, error="got binary data"),
    Row("gzipped", gzip.compress(HEADER + GOOD * 99, mtime=0), error="expected"),
    Row("picture", b"\x89PNG\r\n\x1a\n" + bytes(64), error="got binary data"),
    Row(
        "web_page",
        b"<!DOCTYPE html>\n<html><body>404</body></html>\n",
        error="expected the header .*got '<!doctype",
    ),
    Row("prose", b"These are my notes about the clip.\nNothing else.\n", error="expected the header"),
    Row(
        "header_unknown_name",
        b"frame,class,source,azimut,distance,onscreen\n" + GOOD,
        error="did you mean 'azimuth'",
    ),
    Row("header_lacks_distance", b"frame,class,source,azimuth\n0,0,1,5\n", error="no column 'distance'"),
    Row("header_name_twice", b"frame,class,class,source,azimuth,distance\n", error="got a name twice"),
    Row("four_columns", b"0,0,1,5\n", error="expected the columns .*got 4"),
    Row("file_of_2024", b"0,0,0,0.9,0.1,0.2,3.5\n", error='got 7.*give format="dcase2024"'),
    Row("header_in_2024", HEADER + GOOD, error='give format="dcase2025"', format="dcase2024"),
    Row("zero_vector", b"0,0,0,0,0,0,3.5\n", error="line 1: .*a vector of length 0", format="dcase2024"),
    Row("elevation_91", b"0,0,0,10,91,300\n", error="elevation of -90 to 90.*got '91'", format="dcase2023"),
    Row(
        "polar_and_cartesian",
        b"0,0,0,10,9,300\n1,0,0,1,0,0,2\n",
        error="line 2: .*7 columns",
        format="dcase2024",
    ),
    Row("four_columns_2023", b"0,0,10,9\n", error="expected 5 to 7 columns .*got 4", format="dcase2023"),
    json_row("not_json", HEADER.decode(), "expected JSON in UTF-8"),
    json_row("cut_json", _JSON_HEAD, "expected JSON in UTF-8"),
    json_row("empty_json", "", "expected JSON in UTF-8"),
    json_row("other_json", "[1, 2]", "expected seldkit's JSON .*got other JSON"),
    json_row(
        "version_99", '{"format": "seldkit-annotations", "version": 99}', "expected version 1.*update seldkit"
    ),
    json_row(
        "json_lacks_rows", '{"format": "seldkit-annotations", "version": 1, "classes": []}', "no 'rows'"
    ),
    json_row("json_nan", _JSON_HEAD + _COLUMNS % ("NaN", "1", "null") + "}", "not a list of finite numbers"),
    json_row(
        "json_text_azimuth",
        _JSON_HEAD + _COLUMNS % ('"left"', "1", "null") + "}",
        "'azimuth' that is not a list",
    ),
    json_row("json_onscreen_number", _JSON_HEAD + _COLUMNS % ("1", "1", "[1]") + "}", "true and false"),
    json_row(
        "json_negative_distance", _JSON_HEAD + _COLUMNS % ("1", "-1", "null") + "}", "must not be negative"
    ),
    json_row(
        "json_lengths_differ", _JSON_HEAD + _COLUMNS % ("1, 2", "1", "null") + "}", "must hold 1 values"
    ),
    json_row("json_deep", "[" * 100_000, "expected JSON in UTF-8"),
    # Odd, but with one right reading.
    Row("empty_file", b"", rows=0),
    Row("only_header", HEADER, rows=0),
    Row("only_line_ends", b"\n\r\n\n", rows=0),
    Row("byte_order_mark", b"\xef\xbb\xbf" + HEADER + GOOD, rows=2),
    Row("windows_line_ends", (HEADER + GOOD).replace(b"\n", b"\r\n"), rows=2),
    Row("old_mac_line_ends", (HEADER + GOOD).replace(b"\n", b"\r"), rows=2),
    Row("no_last_line_end", HEADER + GOOD.rstrip(), rows=2),
    Row("blank_lines", b"\n" + HEADER + b"0,0,1,-9,155,0\n\n  \n1,0,1,-9,155,1\n\n", rows=2),
    Row("no_header", GOOD, rows=2),
    Row("no_header_audio_only", b"0,0,1,-9,155\n", rows=1),
    Row("audio_only", b"frame,class,source,azimuth,distance\n0,0,1,-9,155\n", rows=1),
    Row("header_reordered", b"class,frame,source,distance,azimuth,onscreen\n7,0,1,155,-9,1\n", rows=1),
    Row(
        "header_capitals_quotes",
        b'"Frame", "Class","Source","Azimuth","Distance","Onscreen"\n' + GOOD,
        rows=2,
    ),
    Row("spaces", HEADER + b" 0, 0, 1, -9, 155, 0 \n", rows=1),
    Row("decimals", HEADER + b"0.0,0,1,-9.25,155.5,0\n+1,0,1,1e1,2E2,1\n", rows=2),
    Row("rows_out_of_order", HEADER + b"9,0,1,5,155,0\n0,0,1,5,155,0\n", rows=2),
    Row("source_0_repeated", HEADER + b"0,0,0,5,155,0\n0,0,0,50,155,0\n", rows=2),
    Row("rear_azimuth", HEADER + b"0,0,0,-180,155,0\n0,0,0,180,155,0\n", rows=2),
    Row("empty_2023", b"", rows=0, format="dcase2023"),
    Row("no_distance_2023", b"0,0,1,10,-5\n", rows=1, format="dcase2023"),
]
