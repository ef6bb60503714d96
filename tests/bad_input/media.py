# ruff: noqa: E501 - a table reads better with a row a line
"""Damaged and odd media files, each with the error that it must give or with what it is to be read as.

`row.build(folder)` makes one, tiny, in a folder and gives its path. Nothing here needs a network; whatever
names another file or an address must be refused without following it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np

from media.making import Sound, Video, make_media, noise, numbered, tone, wav_bytes

Maker = Callable[[Path], None]


@dataclass(frozen=True)
class BadMedia:
    """name: what is odd. file: the file's name. make: writes it.

    error: what reading its sound must say, as a regular expression; None where it is read, and then:
    seconds: how long its sound is; note: a regular expression that one of the notes matches, "" for no note
    at all, None for any. channels: those in the file. pictures: how many there are at 10 a second, None
    where its pictures are not looked at; size: theirs, (width, height).
    frames_error: what reading its pictures must say.
    """

    name: str
    file: str
    make: Maker
    error: str | None = None
    seconds: float | None = None
    note: str | None = None
    channels: int | None = None
    pictures: int | None = None
    size: tuple[int, int] | None = None
    frames_error: str | None = None

    def build(self, folder: Path) -> Path:
        path = Path(self.file) if self.file.startswith("http:") else folder / self.file
        self.make(path)
        return path


def _bytes(content: bytes) -> Maker:
    return lambda path: _write(path, content)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _media(*tracks: Sound | Video, format: str | None = None) -> Maker:
    return lambda path: make_media(path, *tracks, format=format)


def _changed(change: Callable[[bytes], bytes], *tracks: Sound | Video) -> Maker:
    def make(path: Path) -> None:
        make_media(path, *tracks)
        path.write_bytes(change(path.read_bytes()))

    return make


def _keep(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


def _flip(start: float, end: float, count: int, seed: int = 3) -> Callable[[bytes], bytes]:
    """Random bytes at `count` places between two shares of the file."""

    def change(content: bytes) -> bytes:
        random = np.random.default_rng(seed)
        data = bytearray(content)
        places = random.integers(int(start * len(data)), int(end * len(data)), count)
        for place in places:
            data[place] = int(random.integers(256))
        return bytes(data)

    return change


def _cut_out(start: float, end: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * start)] + content[int(len(content) * end) :]


def _zero(start: float, end: float) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        first, last = int(len(content) * start), int(len(content) * end)
        return content[:first] + bytes(last - first) + content[last:]

    return change


def _no_data(content: bytes) -> bytes:
    """An MP4 whose index is whole and whose data is nothing but ones."""
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    return content[:start] + b"\xff" * (end - start) + content[end:]


def _pcm(samples: np.ndarray) -> bytes:
    return np.rint(samples.T * 32767).astype("<i2").tobytes()


def _float_wav(samples: np.ndarray) -> bytes:
    return wav_bytes(samples.T.astype("<f4").tobytes(), channels=len(samples), bits=32, kind=3)


def _with(samples: np.ndarray, value: float, count: int = 10) -> np.ndarray:
    samples = samples.copy()
    samples[:, 100 : 100 + count] = value
    return samples


def _24_bit(samples: np.ndarray) -> bytes:
    whole = np.rint(samples.T * (2**23 - 1)).astype("<i4")
    return whole.reshape(-1, 1).view(np.uint8)[:, :3].tobytes()


def _cover_art(path: Path) -> None:
    """A FLAC file with one JPEG attached as its cover, written by hand as FLAC's picture block."""
    make_media(path, Sound(noise(0.5), codec="flac"))
    jpeg = path.with_name("cover.jpg")
    make_media(jpeg, Video(numbered(1), (0.0,), codec="mjpeg", options={}), format="mjpeg")
    image = jpeg.read_bytes()
    jpeg.unlink()
    number = lambda value: int(value).to_bytes(4, "big")  # noqa: E731
    block = (
        number(3) + number(10) + b"image/jpeg" + number(0) + number(64) + number(48) + number(24) + number(0)
    )
    block += number(len(image)) + image
    content = path.read_bytes()
    size = int.from_bytes(content[5:8], "big")
    head = content[:4] + bytes([content[4] & 127]) + content[5 : 8 + size]
    path.write_bytes(head + bytes([6]) + len(block).to_bytes(3, "big") + block + content[8 + size :])


def _cover_only(path: Path) -> None:
    make_media(path, Video(numbered(1), (0.0,), codec="mjpeg", options={}), format="mjpeg")


def _sparse(path: Path, head: bytes = b"", size: int = 8 * 2**30) -> None:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)


def _unreadable(path: Path) -> None:
    make_media(path, SOUND)
    path.chmod(0)


def _two_default_second(path: Path) -> None:
    """A Matroska file of two tracks whose second is marked as the default."""
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("pcm_s16le", rate=48000, layout="stereo") for _ in range(2)]
        streams[0].disposition, streams[1].disposition = 0, av.stream.Disposition.default.value
        for stream, gain in zip(streams, ((0.5, 0.0), (0.0, 0.5)), strict=True):
            packed = np.rint(tone(0.5, gains=gain) * 32767).astype(np.int16).T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = 48000, 0
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))


SOUND = Sound(noise(0.5))
PCM = Sound(noise(0.5), codec="pcm_s16le")
VIDEO = Video(numbered(13), [k / 25 for k in range(13)])
SECOND = Sound(noise(1.0))
LONG_VIDEO = Video(numbered(26), [k / 25 for k in range(26)])
WAV = wav_bytes(_pcm(noise(0.5)))
GAPPY = partial(Sound, noise(1.0), codec="pcm_s16le")
NOT_MEDIA = "expected an audio or video file|got text|got zeros"
EMPTY = "empty|no audio can be decoded|no audio"

_odd_bytes = np.random.default_rng(5).integers(0, 256, 20000, dtype=np.uint8).tobytes()
_same = np.repeat(noise(0.5, channels=1), 2, axis=0)

REFUSED = [
    BadMedia("missing", "clip.mp4", lambda path: None, error="no such file"),
    BadMedia("address", "http:/example.invalid/clip.mp4", lambda path: None, error="got an address"),
    BadMedia("empty", "clip.mp4", _bytes(b""), error="empty"),
    BadMedia("one byte", "clip.wav", _bytes(b"R"), error=NOT_MEDIA),
    BadMedia("zeros", "clip.mp4", _bytes(bytes(5000)), error="got zeros"),
    BadMedia("sparse zeros, 8 GB", "clip.mp4", _sparse, error="got zeros"),
    BadMedia("random bytes", "clip.mp4", _bytes(_odd_bytes), error=NOT_MEDIA),
    BadMedia("text as mp4", "clip.mp4", _bytes(b"This is a text, not a video.\n" * 50), error="got text"),
    BadMedia("text as wav", "clip.wav", _bytes("Grüße, kein Ton\n".encode() * 400), error="got text"),
    BadMedia("subtitles", "clip.mkv", _bytes(b"1\n00:00:01,000 --> 00:00:02,000\nhello\n"), error="got text"),
    BadMedia(
        "m3u8", "clip.m3u8", _bytes(b"#EXTM3U\n#EXTINF:1,\nhttp://example.invalid/a.ts\n"), error="playlist"
    ),
    BadMedia("m3u8 as mp4", "clip.mp4", _bytes(b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"), error="playlist"),
    BadMedia("concat", "clip.mp4", _bytes(b"ffconcat version 1.0\nfile '/etc/passwd'\n"), error="playlist"),
    BadMedia("pls", "clip.mp3", _bytes(b"[playlist]\nFile1=http://example.invalid/\n"), error="playlist"),
    BadMedia(
        "dash", "clip.mp4", _bytes(b'<?xml version="1.0"?><MPD><BaseURL>x</BaseURL></MPD>'), error="playlist"
    ),
    BadMedia(
        "sdp", "clip.mp4", _bytes(b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5 RTP/AVP 0\n"), error=NOT_MEDIA
    ),
    BadMedia("program", "clip.wav", _bytes(b"\x7fELF" + _odd_bytes), error=NOT_MEDIA),
    BadMedia("picture", "clip.mp4", _cover_only, error=NOT_MEDIA, frames_error=NOT_MEDIA),
    BadMedia("zip", "clip.mp4", _bytes(b"PK\x03\x04" + _odd_bytes), error=NOT_MEDIA),
    BadMedia("folder", "clip.mp4", lambda path: path.mkdir(), error="got a folder"),
    BadMedia("pipe", "clip.wav", lambda path: os.mkfifo(path), error="pipe"),
    BadMedia("link to itself", "clip.wav", lambda path: path.symlink_to(path), error="cannot be read"),
    BadMedia("link to nothing", "clip.wav", lambda path: path.symlink_to("gone.wav"), error="no such file"),
    BadMedia("device", "clip.wav", lambda path: path.symlink_to("/dev/zero"), error="device"),
    BadMedia("no permission", "clip.mp4", _unreadable, error="permission|Permission"),
    BadMedia("name too long", "a" * 300 + ".wav", lambda path: None, error="cannot be read"),
    BadMedia("mp4 without its index", "clip.mp4", _changed(_keep(0.5), SOUND, VIDEO), error=NOT_MEDIA),
    BadMedia("mp4 header only", "clip.mp4", _changed(lambda data: data[:40], SOUND), error=NOT_MEDIA),
    BadMedia(
        "mkv header only", "clip.mkv", _changed(lambda data: data[:60], SOUND), error=NOT_MEDIA + "|no audio"
    ),
    BadMedia("wav header only", "clip.wav", _bytes(WAV[:44]), error=EMPTY),
    BadMedia("half a wav header", "clip.wav", _bytes(WAV[:20]), error=NOT_MEDIA),
    BadMedia("0 samples", "clip.wav", _bytes(wav_bytes(b"")), error=EMPTY),
    BadMedia(
        "0 channels", "clip.wav", _bytes(wav_bytes(bytes(400), channels=0)), error=NOT_MEDIA + "|" + EMPTY
    ),
    BadMedia("0 bits", "clip.wav", _bytes(wav_bytes(bytes(400), bits=0)), error="cannot be decoded"),
    BadMedia(
        "unknown codec",
        "clip.wav",
        _bytes(wav_bytes(bytes(4000), kind=0x4242)),
        error="cannot be decoded|none of",
    ),
    BadMedia("0 Hz", "clip.wav", _bytes(wav_bytes(bytes(4000), rate=0)), error="sampling rate|" + NOT_MEDIA),
    BadMedia("1 Hz", "clip.wav", _bytes(wav_bytes(bytes(4000), rate=1)), error="sampling rate of 1 Hz"),
    BadMedia(
        "10 MHz", "clip.wav", _bytes(wav_bytes(bytes(4000), rate=10**7)), error="sampling rate of 10000000 Hz"
    ),
    BadMedia("no sound", "clip.mp4", _media(VIDEO), error="has no audio", pictures=6, size=(64, 48)),
    BadMedia("16 channels", "clip.wav", _bytes(wav_bytes(bytes(32000), channels=16)), error="16 channels"),
    BadMedia("all sound damaged", "clip.mp4", _changed(_no_data, SECOND), error="no audio can be decoded"),
]

READ = [
    BadMedia("ordinary video", "clip.mp4", _media(SOUND, VIDEO), seconds=0.5, note="", pictures=6, size=(64, 48)),
    BadMedia("sound only", "clip.m4a", _media(SOUND), seconds=0.5, note="", frames_error="no video"),
    BadMedia("cover art", "clip.flac", _cover_art, seconds=0.5, note="", frames_error="only cover art"),
    BadMedia("mp4 named wav", "clip.wav", _media(SOUND, VIDEO, format="mp4"), seconds=0.5, note="", pictures=6),
    BadMedia("wav named mp4", "clip.mp4", _bytes(WAV), seconds=0.5, note=""),
    BadMedia("flac without a suffix", "clip", _media(Sound(noise(0.5), codec="flac"), format="flac"), seconds=0.5),
    BadMedia("1 sample", "clip.wav", _bytes(wav_bytes(bytes(4))), seconds=0.0, note=""),
    BadMedia("3 samples", "clip.wav", _bytes(wav_bytes(bytes(12))), seconds=0.0, note=""),
    BadMedia("8 kHz", "clip.wav", _bytes(wav_bytes(_pcm(noise(0.5, 8000)), rate=8000)), seconds=0.5, note=""),
    BadMedia("11025 Hz", "clip.wav", _bytes(wav_bytes(_pcm(noise(0.5, 11025)), rate=11025)), seconds=0.5, note=""),
    BadMedia("192 kHz", "clip.wav", _bytes(wav_bytes(_pcm(noise(0.3, 192000)), rate=192000)), seconds=0.3, note=""),
    BadMedia("8 bits", "clip.wav", _bytes(wav_bytes(b"\x80\xc0" * 24000, bits=8)), seconds=0.5, note=""),
    BadMedia("24 bits", "clip.wav", _bytes(wav_bytes(_24_bit(noise(0.5)), bits=24)), seconds=0.5, note=""),
    BadMedia("NaN", "clip.wav", _bytes(_float_wav(_with(noise(0.5), np.nan))), seconds=0.5, note="20 invalid samples .*NaN"),
    BadMedia("infinite", "clip.wav", _bytes(_float_wav(_with(noise(0.5), -np.inf))), seconds=0.5, note="20 invalid samples"),
    BadMedia("1e38", "clip.wav", _bytes(_float_wav(_with(noise(0.5), 1e38, 1))), seconds=0.5, note="2 invalid samples"),
    BadMedia("float over full scale", "clip.wav", _bytes(_float_wav(30 * noise(0.5))), seconds=0.5, note=""),
    BadMedia("silence", "clip.wav", _bytes(wav_bytes(bytes(96000))), seconds=0.5, note=""),
    BadMedia("mono", "clip.wav", _media(Sound(noise(0.5, channels=1), codec="pcm_s16le")), seconds=0.5, note="mono"),
    BadMedia("dual mono", "clip.wav", _bytes(wav_bytes(_pcm(_same))), seconds=0.5, note="", channels=2),
    *(
        BadMedia(layout, "clip.wav", _media(Sound(noise(0.5, channels=count), 48000, "pcm_s16le", layout)),
                 seconds=0.5, note=f"{count} channels.*BS.775", channels=count)
        for layout, count in (("2.1", 3), ("quad", 4), ("5.0", 5), ("5.1", 6), ("7.1", 8))
    ),
    BadMedia("5.1 in video", "clip.mp4", _media(Sound(noise(0.5, channels=6), layout="5.1"), VIDEO), seconds=0.5,
             note="6 channels", channels=6),
    BadMedia("4 channels, no layout", "clip.wav", _bytes(wav_bytes(bytes(96000 * 2), channels=4)), seconds=0.5,
             note="without a declared layout", channels=4),
    BadMedia("late sound", "clip.mp4", _media(Sound(noise(0.5), starts=(0.3,)), LONG_VIDEO), seconds=0.8,
             note="starts 0.[23]. s after", pictures=11),
    BadMedia("late sound, mkv", "clip.mkv", _media(GAPPY(starts=(0.3,)), LONG_VIDEO), seconds=1.3, note="after the video"),
    BadMedia("late picture", "clip.mkv", _media(GAPPY(), Video(numbered(13), [0.3 + k / 25 for k in range(13)])),
             seconds=1.0, note="", pictures=9),
    BadMedia("both late", "clip.mkv", _media(GAPPY(starts=(0.5,)), Video(numbered(5), [0.5 + k / 25 for k in range(5)])),
             seconds=1.0, note="", pictures=2),
    BadMedia("gap in the sound", "clip.mka", _media(GAPPY(starts=(0.0, 0.8)), format="matroska"), seconds=1.3,
             note=r"no audio from 0.50 s to 0.80 s"),
    BadMedia("overlap in the sound", "clip.mka", _media(GAPPY(starts=(0.0, 0.4)), format="matroska"), seconds=0.9,
             note="overlapping audio .*removed"),
    BadMedia("sound jumps by five hours", "clip.mka", _media(GAPPY(starts=(0.0, 18000.0)), format="matroska"),
             seconds=1.0, note="jump"),
    BadMedia("picture jumps by five hours", "clip.mkv",
             _media(PCM, Video(numbered(10), [*(k / 25 for k in range(5)), *(18000 + k / 25 for k in range(5))])),
             seconds=0.5, pictures=4),
    BadMedia("variable frame rate", "clip.mp4", _media(SOUND, Video(numbered(5), (0.0, 0.05, 0.3, 0.32, 0.6))),
             seconds=0.5, note="", pictures=7),
    BadMedia("120 pictures a second", "clip.mp4",
             _media(SOUND, Video(numbered(60), [k / 120 for k in range(60)], rate=120)), seconds=0.5, pictures=5),
    *(
        BadMedia(f"rotated by {turn}", "clip.mp4",
                 _media(SOUND, Video(numbered(13), [k / 25 for k in range(13)], rotation=turn)),
                 seconds=0.5, note="", pictures=6, size=(48, 64) if turn % 180 else (64, 48))
        for turn in (0, 90, 180, 270)
    ),
    BadMedia("odd size", "clip.mkv",
             _media(PCM, Video(numbered(13, (63, 35)), [k / 25 for k in range(13)], codec="ffv1", options={})),
             seconds=0.5, note="", pictures=6, size=(63, 35)),
    BadMedia("2 by 2 pixels", "clip.mkv",
             _media(PCM, Video(numbered(13, (2, 2)), [k / 25 for k in range(13)], codec="ffv1", options={})),
             seconds=0.5, note="", pictures=6, size=(2, 2)),
    BadMedia("one picture", "clip.mp4", _media(SOUND, Video(numbered(1), (0.0,))), seconds=0.5, note="", pictures=1),
    BadMedia("two sound tracks", "clip.mkv", _media(PCM, Sound(noise(0.3), codec="pcm_s16le")), seconds=0.5,
             note="2 audio tracks: number 1"),
    BadMedia("second track is the default", "clip.mkv", _two_default_second, seconds=0.5,
             note="2 audio tracks: number 2"),
    BadMedia("unicode name", "Vögel – 鳥 🐦.wav", _bytes(WAV), seconds=0.5, note=""),
    BadMedia("quotes in the name", "it's \"a\" %03d 'clip'.wav", _bytes(WAV), seconds=0.5, note=""),
    BadMedia("newline in the name", "two\nlines.wav", _bytes(WAV), seconds=0.5, note=""),
    BadMedia("colon in the name", "concat:clip.wav", _bytes(WAV), seconds=0.5, note=""),
    BadMedia("name that is no text", os.fsdecode(b"caf\xe9.wav"), _bytes(WAV), seconds=0.5, note=""),
    BadMedia("truncated wav", "clip.wav", _bytes(WAV[: len(WAV) // 2]), seconds=0.25),
    BadMedia("wav that declares 4 GB", "clip.wav", _bytes(wav_bytes(WAV[44:], size=2**32 - 1)), seconds=0.5),
    BadMedia("wav cut within a sample", "clip.wav", _bytes(WAV[:-3]), seconds=0.5),
    BadMedia("wav and what follows it", "clip.wav", _bytes(WAV + _odd_bytes[:999]), seconds=0.5, note=""),
    BadMedia("truncated flac", "clip.flac", _changed(_keep(0.6), Sound(noise(1.0), codec="flac")),
             note="damaged|truncated"),
    BadMedia("truncated mp3", "clip.mp3", _changed(_keep(0.6), Sound(noise(1.0), codec="libmp3lame"))),
    BadMedia("truncated mkv", "clip.mkv", _changed(_keep(0.6), SECOND, LONG_VIDEO), note="truncated"),
    BadMedia("truncated ogg", "clip.ogg", _changed(_keep(0.8), Sound(noise(3.0), codec="libopus"))),
    BadMedia("truncated ts", "clip.ts", _changed(_keep(0.6), SECOND, LONG_VIDEO)),
    BadMedia("truncated avi", "clip.avi", _changed(_keep(0.6), Sound(noise(1.0), codec="libmp3lame"), LONG_VIDEO)),
    BadMedia("flipped bytes in mp4", "clip.mp4", _changed(_flip(0.1, 0.8, 60), SECOND, LONG_VIDEO)),
    BadMedia("flipped bytes in mkv", "clip.mkv", _changed(_flip(0.2, 0.9, 60), SECOND, LONG_VIDEO)),
    BadMedia("flipped bytes in ts", "clip.ts", _changed(_flip(0.2, 0.9, 60), SECOND, LONG_VIDEO)),
    BadMedia("flipped bytes in flac", "clip.flac", _changed(_flip(0.2, 0.9, 20), Sound(noise(1.0), codec="flac")),
             note="damaged"),
    BadMedia("flipped bytes in mp3", "clip.mp3", _changed(_flip(0.2, 0.9, 60), Sound(noise(1.0), codec="libmp3lame"))),
    BadMedia("flipped bytes in aac", "clip.aac", _changed(_flip(0.2, 0.9, 60), SECOND)),
    BadMedia("hole in flac", "clip.flac", _changed(_cut_out(0.4, 0.6), Sound(noise(1.0), codec="flac"))),
    BadMedia("zeros within mp4", "clip.mp4", _changed(_zero(0.3, 0.5), SECOND), seconds=1.0, note="damaged"),
    BadMedia("hole in mkv", "clip.mkv", _changed(_cut_out(0.4, 0.6), SECOND, LONG_VIDEO)),
]  # fmt: skip

BAD_MEDIA = REFUSED + READ
