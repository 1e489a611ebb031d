#!/usr/bin/env python3
"""Tools/lib/dependents.py [--test TARGET] [FOLDER…]

Builds packages of this repository that depend on ours: the examples and Tools/traits, or those named. Each is a package of its own.
So that what they share is compiled once, they are built as the targets of one package, which is made of their manifests, in
.build/dependents. Those are left out that need much more than this package, unless they are named.

  --test TARGET   run the tests of this target
"""
import glob, json, os, shutil, subprocess, sys

BUILD = ".build/dependents"
# It builds a web framework.
LARGE = ["Examples/ServerSentEvents"]


def everyday():
    folders = [os.path.dirname(path) for path in sorted(glob.glob("Examples/*/Package.swift"))]
    return [folder for folder in folders if folder not in LARGE] + ["Tools/traits"]


def environment():
    """Warnings are errors. SwiftPM passes the traits in the order of a hash: without a fixed seed all is compiled again each time."""
    return {**os.environ, "REDIS_EVENTS_ROOT": "1", "SWIFT_DETERMINISTIC_HASHING": "1"}


def build(folders):
    write_package(folders)
    command = ["swift", "build", "--package-path", BUILD, "--build-tests"]
    subprocess.run(command, check=True, env=environment())


def test(target):
    """Runs the tests of one target of what was built. Returns whether they passed, and what was printed."""
    done = subprocess.run(
        ["swift", "test", "--package-path", BUILD, "--skip-build", "--filter", f"^{target}\\."],
        capture_output=True,
        text=True,
        env=environment(),
    )
    text = done.stdout + done.stderr
    return done.returncode == 0 and "Test run with 0 tests" not in text, text


def manifest(folder):
    command = ["swift", "package", "--package-path", folder, "dump-package"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    shutil.rmtree(f"{folder}/.build", ignore_errors=True)
    return json.loads(text)


def write_package(folders):
    """One package with the targets of all, and what any of them depends on."""
    root = os.getcwd()
    dependencies, traits, targets = {}, set(), []
    os.makedirs(BUILD, exist_ok=True)
    for folder in folders:
        name = os.path.basename(folder)
        link = f"{BUILD}/{name}"
        if not os.path.islink(link):
            os.symlink(f"{root}/{folder}", link)
        found = manifest(folder)
        for dependency in found["dependencies"]:
            if "fileSystem" in dependency:
                traits |= {trait["name"] for trait in dependency["fileSystem"][0].get("traits", []) if trait["name"] != "default"}
                continue
            control = dependency["sourceControl"][0]
            version = control["requirement"]["range"][0]["lowerBound"]
            names = ", ".join(sorted(f'"{trait["name"]}"' for trait in control["traits"]))
            chosen = "" if '"default"' in names else f", traits: [{names}]"
            dependencies[control["location"]["remote"][0]["urlString"]] = f'from: "{version}"{chosen}'
        targets += [declaration(target, name) for target in found["targets"]]
    chosen = ", ".join(f'"{trait}"' for trait in sorted(traits))
    lines = [f'.package(name: "redis-events", path: "{root}", traits: [{chosen}])']
    lines += [f'.package(url: "{url}", {rest})' for url, rest in sorted(dependencies.items())]
    joined = ",\n        "
    text = f"""// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "dependents",
    dependencies: [
        {joined.join(lines)}
    ],
    targets: [
        {joined.join(targets)}
    ]
)
"""
    path = f"{BUILD}/Package.swift"
    if not os.path.exists(path) or open(path).read() != text:
        with open(path, "w") as file:
            file.write(text)


def declaration(target, folder):
    kind = {"executable": "executableTarget", "test": "testTarget", "regular": "target"}[target["type"]]
    place = target.get("path") or f"{'Tests' if target['type'] == 'test' else 'Sources'}/{target['name']}"
    products = [
        f'.product(name: "{item["product"][0]}", package: "{item["product"][1]}")' if "product" in item else f'"{item["byName"][0]}"'
        for item in target["dependencies"]
    ]
    return f'.{kind}(name: "{target["name"]}", dependencies: [{", ".join(products)}], path: "{folder}/{place}")'


def main():
    if "--help" in sys.argv or "-h" in sys.argv:
        sys.exit(print(__doc__.strip()))
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    folders = sys.argv[1:]
    target = folders[1] if folders[:1] == ["--test"] and len(folders) > 1 else None
    build(folders[2 if target else 0 :] or everyday())
    if target:
        passed, text = test(target)
        print(text)
        sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
