"""uses.py [--quick] SYMBOLGRAPH…

Writes Swift that uses each public top-level name of the given symbol graphs, once and unqualified; with --quick without the libraries
that have to be built for that."""
import json, sys

IMPORTS = "Foundation Logging RedisCommands RedisEvents RedisStreams RedisTesting RedisToolkit Testing"
LIBRARIES = "Metrics NIOCore OpenCombine ServiceLifecycle Tracing"

# A function is used by a call, because it may be generic.
CALLS = {
    "eventually(within:_:)": "_ = try await eventually(within: .seconds(1)) { true }",
    "eventuallyBlocking(within:_:)": "_ = eventuallyBlocking(within: .seconds(1)) { true }",
    "withFaultProxy(to:script:_:)": "try await withRedisServer { server in try await withFaultProxy(to: server) { _ in } }",
    "withRedisCluster(_:_:)": "try await withRedisCluster(RedisClusterOptions()) { _ in }",
    "withRedisSentinels(_:_:)": "try await withRedisSentinels(RedisSentinelOptions()) { _ in }",
    "withRedisServer(_:_:)": "try await withRedisServer(RedisServerOptions()) { _ in }",
    "withScriptedServer(transport:timeout:script:client:)": "try await withScriptedServer { _ in } client: { _ in }",
}

is_quick = sys.argv[1] == "--quick"
for module in sorted(IMPORTS.split() + ([] if is_quick else LIBRARIES.split())):
    print("import", module)
number = 0
names = set()
for path in sys.argv[2 if is_quick else 1 :]:
    with open(path) as file:
        for symbol in json.load(file)["symbols"]:
            if len(symbol["pathComponents"]) == 1:
                names.add((symbol["kind"]["identifier"], symbol["names"]["title"]))
for kind, name in sorted(names):
    number += 1
    if kind == "swift.func":
        if name not in CALLS:
            sys.exit(f"Tools/collisions/uses.py: a call of {name} is missing")
        print(f"func use{number}() async throws {{ {CALLS[name]} }}")
    else:
        print(f"typealias Name{number} = {name}")
