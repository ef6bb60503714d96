"""The grammar of WebVTT files (https://www.w3.org/TR/webvtt1/, section 4) as a strict checker."""

import re

TIME = r"(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}"
TIMES = re.compile(rf"({TIME})[ \t]+-->[ \t]+({TIME})((?:[ \t]+[a-z]+:\S+)*)[ \t]*", re.ASCII)
ENTITY = re.compile(r"&(?:amp|lt|gt|lrm|rlm|nbsp|#\d+|#x[0-9a-fA-F]+);")


def seconds(time: str) -> float:
    """A time of a cue in seconds."""
    *hours, minutes, rest = time.split(":")
    return int(hours[0] if hours else 0) * 3600 + int(minutes) * 60 + float(rest)


def violations(text: str) -> list[str]:
    """Everything in a WebVTT file without markup in its cues that the grammar does not allow."""
    found: list[str] = []
    if not re.match(r"\ufeff?WEBVTT(?:[ \t][^\n]*)?\n\n", text) or "\0" in text or "\r" in text:
        found.append("no header")
    last = 0.0
    for block in [block.strip("\n") for block in re.split(r"\n{2,}", text)[1:]]:
        lines = block.split("\n")
        if not block or re.match(r"NOTE(?:[ \t\n]|$)", block):
            found += [f"an arrow in a comment: {block}"] if "-->" in block else []
            continue
        times = TIMES.fullmatch(lines[0] if "-->" in lines[0] else lines[min(1, len(lines) - 1)])
        if times is None:
            found.append(f"no times: {block}")
            continue
        start, end = seconds(times[1]), seconds(times[2])
        payload = "\n".join(lines[lines.index(times[0]) + 1 :])
        found += [f"ends before it begins: {block}"] if end <= start else []
        found += [f"begins before the one before it: {block}"] if start < last else []
        found += [f"an arrow in the text: {block}"] if "-->" in payload else []
        found += [f"markup: {block}"] if "<" in payload else []
        found += [f"a bare ampersand: {block}"] if "&" in ENTITY.sub("", payload) else []
        last = start
    return found
