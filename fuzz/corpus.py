#!/usr/bin/env python3
"""The first inputs of the fuzz targets: from test/vectors/wire.txt, from fuzz/seeds.txt, and what was found earlier.

    python3 fuzz/corpus.py write DIRECTORY    write them, one directory in it for each target
    python3 fuzz/corpus.py keep DIRECTORY     make the inputs in DIRECTORY, which are found ones, those of fuzz/found

fuzz/found has a file for each target, with one input a line, in hexadecimal.
"""

import pathlib
import re
import sys

FUZZ = pathlib.Path(__file__).parent
FOUND = FUZZ / "found"
MOST_KEPT_BYTES = 300 * 1000  # in fuzz/found


def words_of(path):
    """The words of every line that is not empty or a comment, with its number."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split("#")[0].split()
        if words:
            yield number, words


def vectors():
    """Target and input, of every vector that has bytes."""
    targets = {"endpoint": ("endpoint", 0), "control": ("control", 1), "frame": ("frame_body", 0)}
    for _, words in words_of(FUZZ.parent / "test" / "vectors" / "wire.txt"):
        values = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        if words[0] in targets and "bytes" in values:
            target, skipped = targets[words[0]]
            yield target, bytes.fromhex(values["bytes"])[skipped:]


def operations(target):
    """The number of each operation of a target that reads scripts, by its name."""
    source = (FUZZ / f"{target}.c").read_text(encoding="utf-8")
    listed = re.search(r"#define OPERATIONS\(X\)(.*?[^\\])\n", source, re.DOTALL)
    return {name: number for number, name in enumerate(re.findall(r"X\((\w+)\)", listed[1]))} if listed else {}


def bytes_of(word, names):
    """An operation, hexadecimal digits, a 'text', or a "text" with its length in front."""
    if word in names:
        return bytes([names[word]])
    if word[0] in "'\"":
        text = word[1:-1].encode("utf-8").decode("unicode_escape").replace("_", " ").encode("latin-1")
        return text if word[0] == "'" else bytes([len(text)]) + text
    return bytes.fromhex(word)


def seeds():
    """Target and input, of every line of seeds.txt. A line that begins with + continues the input before it."""
    path = FUZZ / "seeds.txt"
    found = []
    for number, words in words_of(path):
        target = found[-1][0] if words[0] == "+" else words[0]
        try:
            data = b"".join(bytes_of(word, operations(target)) for word in words[1:])
        except ValueError as error:
            sys.exit(f"{path}:{number}: {error}")
        if words[0] == "+":
            found[-1] = (target, found[-1][1] + data)
        else:
            found.append((target, data))
    return found


def found_earlier():
    """Target and input, of every line of fuzz/found."""
    for path in sorted(FOUND.glob("*.hex")):
        for line in path.read_text(encoding="ascii").splitlines():
            yield path.stem, bytes.fromhex(line)


def write(directory):
    """Write every input into a file of its own."""
    for number, (target, data) in enumerate([*vectors(), *seeds(), *found_earlier()]):
        (directory / target).mkdir(parents=True, exist_ok=True)
        (directory / target / f"input-{number:05}").write_bytes(data)


def keep(directory):
    """Replace fuzz/found."""
    lines = {}
    for target in sorted(directory.iterdir()):
        found = {path.read_bytes().hex() for path in target.iterdir()} - {""}
        lines[target.name] = sorted(found, key=lambda line: (len(line), line))
    size = sum(len(line) + 1 for found in lines.values() for line in found)
    if size > MOST_KEPT_BYTES:
        sys.exit(f"fuzz: {size} bytes are too many for fuzz/found: {MOST_KEPT_BYTES} is the limit")
    FOUND.mkdir(exist_ok=True)
    for target, found in lines.items():
        (FOUND / f"{target}.hex").write_text("".join(line + "\n" for line in found), encoding="ascii")
        print(f"{target:16}{len(found):6} inputs")


def main():
    commands = {"write": write, "keep": keep}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
