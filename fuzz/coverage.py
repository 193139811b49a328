#!/usr/bin/env python3
"""Prints which lines of native/ the inputs of the fuzz targets reach, by folder, and fails when too few.

    python3 fuzz/coverage.py LLVM_COV PROFILE PROGRAM...
"""

import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEAST_PERCENT = {"native/base": 90, "native/wire": 90, "native/core": 70}


def lines_by_folder(llvm_cov, profile, programs):
    """Lines of code in each folder, and how many of them were reached."""
    objects = [word for program in programs[1:] for word in ("-object", program)]
    command = [llvm_cov, "export", "-summary-only", "-instr-profile", profile, programs[0], *objects]
    # All programs have a function of the same name, which llvm-cov warns of.
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"fuzz: {' '.join(command)}: {result.stderr}")
    report = json.loads(result.stdout)
    lines = collections.defaultdict(lambda: [0, 0])
    for file in report["data"][0]["files"]:
        path = pathlib.Path(file["filename"]).resolve()
        if path.is_relative_to(ROOT / "native"):
            counted = lines[str(path.relative_to(ROOT).parent)]
            counted[0] += file["summary"]["lines"]["count"]
            counted[1] += file["summary"]["lines"]["covered"]
    return lines


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    low = []
    print(f"{'folder':20}{'lines':>8}{'reached':>10}{'least':>8}")
    for folder, (count, covered) in sorted(lines_by_folder(sys.argv[1], sys.argv[2], sys.argv[3:]).items()):
        percent = 100 * covered / count
        least = LEAST_PERCENT.get(folder, 0)
        print(f"{folder:20}{count:8}{percent:8.1f} %{f'{least} %' if least > 0 else '':>8}")
        if percent < least:
            low.append(folder)
    if low:
        sys.exit(f"fuzz: too few lines reached of {', '.join(low)}: add inputs (docs/contributing.md, Fuzzing)")


if __name__ == "__main__":
    main()
