#!/usr/bin/env python3
"""Builds the packages into the directory given, and looks at them as their distributions' tools do."""

import filecmp
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases import Cases, Skip, output  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(sys.argv[1])
case = Cases()


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skip(f"{program} is not installed (`./dev package` installs it)")


@case
def the_debian_packages_build():
    need("dpkg-buildpackage", "dh")
    shutil.rmtree(OUT, ignore_errors=True)
    output(ROOT / "packaging/build-deb", OUT)
    assert len(list(OUT.glob("*.deb"))) == 2


@case
def lintian_has_neither_errors_nor_warnings():
    need("lintian", "dpkg-buildpackage", "dh")
    said = subprocess.run(["lintian", "--fail-on=error,warning", "--tag-display-limit=0", *OUT.glob("*.changes")],
                          capture_output=True, text=True, check=False)
    tags = [line for line in said.stdout.splitlines() if re.match(r"[EW]:", line)]
    print(f"# lintian: {sum(t[0] == 'E' for t in tags)} errors, {sum(t[0] == 'W' for t in tags)} warnings")
    assert said.returncode == 0 and not tags, said.stdout + said.stderr


@case
def each_installed_page_can_be_read_and_what_it_links_to_is_installed():
    need("dpkg-deb")
    with tempfile.TemporaryDirectory(prefix="installed-") as root:
        for package in OUT.glob("*.deb"):
            output("dpkg-deb", "--extract", package, root)
        pages = [*pathlib.Path(root, "usr/share/doc").rglob("*.md*")]
        assert {"INSTALL.md", "FIRST-HOUR.md"} <= {page.name for page in pages}, pages
        for page in pages:
            for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
                assert (page.parent / link).exists(), f"{page}: {link}"
        packed = [p for p in pathlib.Path(root, "usr/share/doc/retaind").rglob("*.gz")]
        assert all("changelog" in p.name.lower() for p in packed), packed


@case
def two_builds_give_the_same_packages_bit_for_bit():
    need("dpkg-buildpackage", "dh")
    # Elsewhere, and with another umask, locale and zone.
    with tempfile.TemporaryDirectory(prefix="a-second-build-") as second:
        script = 'umask 077; TZ=Asia/Tokyo LC_ALL=C TMPDIR="$1" exec "$0" "$1"'
        output("bash", "-c", script, ROOT / "packaging/build-deb", second)
        for package in [*OUT.glob("*.deb"), *OUT.glob("*.orig.tar.xz"), *OUT.glob("*.dsc")]:
            same = filecmp.cmp(package, pathlib.Path(second, package.name), shallow=False)
            print(f"# {package.name}: {'the same' if same else 'DIFFERENT'}")
            assert same, package.name


@case
def the_rpm_packages_build_and_hold_the_same_files():
    need("rpmbuild", "dpkg-deb")
    output(ROOT / "packaging/build-rpm", OUT)
    listed = set()
    for package in OUT.glob("*.rpm"):
        listed |= set(output("rpm", "-qlp", package).splitlines())
    packed = set()
    for package in OUT.glob("*.deb"):
        lines = output("dpkg-deb", "--contents", package).splitlines()
        packed |= {line.split(" ./")[1].rstrip("\n") for line in lines if line[0] == "-"}

    def plain(path):
        path = re.sub(r"^(usr/)?lib/systemd", "usr/lib/systemd", path.lstrip("/")).removesuffix(".gz")
        return path.replace("site-functions", "vendor-completions")

    ours = {plain(p) for p in packed if not re.search(r"changelog|copyright|lintian", p)}
    missing = ours - {plain(p) for p in listed}
    assert len(ours) > 20 and not missing, missing
    assert "/etc/retaind/policy.d" in listed
    main = next(p for p in OUT.glob("retaind-*.rpm"))
    assert "/etc/retaind/policy.yaml" in output("rpm", "-q", "--configfiles", "-p", main)


sys.exit(case.run())
