#!/usr/bin/env python3
"""The rules of CONTRIBUTING.md that a script can hold: prints each line that breaks one. Run from the top of the package."""
import glob, re

# Which of our modules each may import. They point down only; the two system libraries belong to the reactor.
MAY_IMPORT = {
    "Sources/RedisPOSIX": "Glibc CRedisPOSIX",
    "Sources/RedisRESP": "RedisPOSIX",
    "Sources/RedisReactor": "RedisPOSIX CRedisLibevent CRedisOpenSSL",
    "Sources/RedisCore": "RedisPOSIX RedisRESP RedisReactor Logging Configuration Metrics Tracing",
    "Sources/RedisEvents": "RedisPOSIX RedisRESP RedisReactor RedisCore Logging ServiceLifecycle",
    "Sources/RedisCommands": "RedisPOSIX RedisRESP RedisReactor RedisCore Logging Metrics Tracing ServiceLifecycle",
    "Sources/RedisToolkit": "RedisPOSIX RedisRESP RedisReactor RedisCore RedisEvents RedisCommands Logging FoundationEssentials Configuration",
    "Sources/RedisStreams": "RedisPOSIX RedisRESP RedisReactor RedisCore RedisEvents RedisCommands Logging",
    "Sources/RedisTesting": "RedisPOSIX",
    "Tools/RwatchKit": "RedisPOSIX RedisRESP RedisReactor RedisCore RedisEvents RedisCommands RedisStreams RedisTesting CRwatchZlib Logging",
    "Tools/RwatchWeb": "RedisPOSIX RedisRESP RedisReactor RedisCore RedisEvents RedisCommands RwatchKit NIOCore NIOPosix NIOHTTP1",
    "Tools/rwatch": "RwatchKit RwatchWeb RedisRESP RedisReactor RedisCore RedisEvents ArgumentParser",
}
# Of the toolchain, for all.
TOOLCHAIN = "Synchronization"

# Where `unsafe` may stand: where the C library and the system libraries are called, and where bytes are taken apart.
MAY_BE_UNSAFE = (
    "Sources/RedisPOSIX/",
    "Sources/RedisReactor/",
    "Sources/RedisRESP/Decoding/ByteOperations.swift",
    "Sources/RedisRESP/Decoding/NodeStorage.swift",
    "Sources/RedisTesting/System/",
    "Sources/RedisTesting/TLS/TestCertificates.swift",
    "Tools/RwatchKit/Keep/Gzip.swift",
    "Tools/RwatchKit/Output/RawOutput.swift",
    "Tools/RwatchKit/Recordings/Inflater.swift",
)
# An executor's own name for itself needs the word anywhere.
EXECUTOR_NAME = "asUnownedSerialExecutor"

# Locks other than `Locked` stand in these alone.
MAY_LOCK = ("Sources/RedisPOSIX/", "Sources/RedisReactor/System/", "Sources/RedisTesting/System/")
LOCKS = r"\bMutex\b|\bNSLock\b|pthread_mutex|DispatchSemaphore|os_unfair_lock"

FORBIDDEN = r"\btry!|\bas!|@unchecked\b|@testable\b|\bTODO\b|\bFIXME\b"

# What makes a thread or a task sleep.
SLEEPS = r"\bTask\.sleep\b|\bThread\.sleep\b|\b[un]?(?:nano)?sleep\(|\.sleep\((?:for|until)|\basyncAfter\b"
SLEEPS += r"|\bParker\(\)\.park\(until|\beventually\w*\(within: \.\w+\([^)]*\)\) *\{ false \}"
# Awaits of a task that no time limit ends: `joined` and `joinedResult` cancel it with whoever waits.
ENDLESS = r"\bawait [A-Za-z_.]+\.(?:value|result)\b(?!\()|\.wait\(\)"


def code(path):
    """The lines of a file without comments and texts, each with its number."""
    with open(path) as file:
        for number, line in enumerate(file, 1):
            line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
            yield number, re.sub(r"//.*", "", line)


def swift(*folders):
    return sorted(path for folder in folders for path in glob.glob(f"{folder}/**/*.swift", recursive=True))


def complain(path, number, what):
    print(f"{path}:{number}: {what}")


def check_imports():
    for folder, allowed in MAY_IMPORT.items():
        for path in swift(folder):
            for number, line in code(path):
                match = re.match(r"\s*(?:@\w+(?:\(\w+\))? +)*(?:\w+ )?import (?:\w+ )?(\w+)", line)
                if match and match[1] not in allowed.split() + TOOLCHAIN.split():
                    complain(path, number, f"{folder} may not import {match[1]}")


def check_words():
    for path in swift("Sources", "Tests", "Tools"):
        shipped = path.startswith(("Sources/", "Tools/RwatchKit/", "Tools/RwatchWeb/", "Tools/rwatch/"))
        for number, line in code(path):
            if re.search(FORBIDDEN, line):
                complain(path, number, "must not stand anywhere")
            if shipped and re.search(r"\bunsafe\b", line) and not path.startswith(MAY_BE_UNSAFE):
                if EXECUTOR_NAME not in line:
                    complain(path, number, "`unsafe` may not stand here")
            if shipped and re.search(LOCKS, line) and not path.startswith(MAY_LOCK):
                complain(path, number, "locks are `Locked`")


def check_waiting():
    """Tests wait for conditions. Those of Tools/lib/checks/sleeps, where time itself is the matter, may sleep so often."""
    allowed = {}
    with open("Tools/lib/checks/sleeps") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                path, count, _ = line.split(maxsplit=2)
                allowed[f"Tests/{path}"] = int(count)
    for path in swift("Tests"):
        found = [number for number, line in code(path) if re.search(SLEEPS, line)]
        if len(found) != allowed.pop(path, 0):
            complain(path, found[0] if found else 1, f"sleeps {len(found)} times: wait for a condition, or see Tools/lib/checks/sleeps")
        for number, line in code(path):
            # Snippets are compiled and not run.
            if re.search(ENDLESS, line) and not path.startswith("Tests/Snippets/"):
                complain(path, number, "waits without an end: use `joined`, `joinedResult`, or a limit")
    for path in allowed:
        complain(path, 1, "is in Tools/lib/checks/sleeps and does not exist")


def check_settings():
    """All targets of ours are built with the one list of settings."""
    with open("Package.swift") as file:
        text = file.read()
    for match in re.finditer(r"\.(?:target|testTarget|executableTarget)\((.*?)\n        \)|\.(?:target|testTarget)\((.*?)\)", text, re.S):
        target = match[1] or match[2]
        if "name:" in target and not re.search(r"swiftSettings: (?:s|testS)ettings\b", target):
            complain("Package.swift", text[: match.start()].count("\n") + 1, "a target without `settings`")
    for setting in ["strictMemorySafety()", "treatAllWarnings(as: .error)"]:
        if setting not in text:
            complain("Package.swift", 1, f"without {setting}")


check_imports()
check_words()
check_waiting()
check_settings()
