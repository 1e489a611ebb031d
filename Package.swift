// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Whether this is being worked on, and not one of somebody's dependencies. What is for us alone is left out for
// adopters: warnings as errors, which a newer compiler may have more of, the tool, its dependency and the tests. A
// dependency lies among SwiftPM's checkouts, or SwiftPM runs in the folder of another package.
func resolved(_ path: String) -> URL { URL(fileURLWithPath: path).resolvingSymlinksInPath() }
let home = resolved(Context.packageDirectory)
let caller = resolved(Context.environment["PWD"] ?? "/")
let isCheckout = home.deletingLastPathComponent().lastPathComponent == "checkouts"
let isCalledByAnother =
    caller.path != home.path
    && FileManager.default.fileExists(atPath: caller.appendingPathComponent("Package.swift").path)
let isRoot = !isCheckout && !isCalledByAnother || Context.environment["REDIS_EVENTS_ROOT"] == "1"

// One place for the settings of every target of our own.
let settings: [SwiftSetting] =
    [
        .strictMemorySafety(),  // SE-0458: every use of unsafe memory says so
        .enableUpcomingFeature("ExistentialAny"),  // SE-0335: `any` before every existential
        .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409: an import leaks only when it says `public`
        .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444: members need their module imported
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461: async functions stay with their caller
        .enableExperimentalFeature("Lifetimes"),  // SE-0465's annotations: borrowed views that cannot escape
    ] + (isRoot ? [.treatAllWarnings(as: .error)] : [])  // SE-0480

// What a trait brings: the product of its name, for the targets that have something under it.
func traitProduct(_ trait: String, of package: String) -> Target.Dependency {
    .product(name: trait, package: package, condition: .when(traits: [trait]))
}
let configurationTrait = traitProduct("Configuration", of: "swift-configuration")
let metricsTrait = traitProduct("Metrics", of: "swift-metrics")
let tracingTrait = traitProduct("Tracing", of: "swift-distributed-tracing")
let serviceTrait = traitProduct("ServiceLifecycle", of: "swift-service-lifecycle")

let package = Package(
    name: "redis-events",
    products: [
        .library(name: "RedisEvents", targets: ["RedisEvents"]),
        .library(name: "RedisCommands", targets: ["RedisCommands"]),
        .library(name: "RedisToolkit", targets: ["RedisToolkit"]),
        .library(name: "RedisStreams", targets: ["RedisStreams"]),
        .library(name: "RedisTesting", targets: ["RedisTesting"]),
    ],
    traits: [
        // Off unless an adopter asks for them: what they depend on is then neither fetched nor built.
        .trait(name: "Configuration", description: "Reads a RedisConfiguration by swift-configuration's ConfigReader."),
        .trait(name: "Metrics", description: "Reports to swift-metrics: RedisMetrics."),
        .trait(name: "Tracing", description: "Makes spans by swift-distributed-tracing: RedisTracing."),
        .trait(name: "ServiceLifecycle", description: "Clients and sources of events are services of a ServiceGroup."),
    ],
    dependencies: [
        // The one dependency of the library: the ecosystem's logging front end, silent unless a logger is given.
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        // Each with the trait of its name alone. Which traits of its own swift-configuration has, adopters choose.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.0.0", traits: []),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.1.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CRedisLibevent", pkgConfig: "libevent_core", providers: [.apt(["libevent-dev"])]),
        // The one place that imports the C library, with what Swift's module of it leaves out.
        .systemLibrary(name: "CRedisPOSIX"),
        .target(name: "RedisPOSIX", dependencies: ["CRedisPOSIX"], swiftSettings: settings),
        .target(name: "RedisRESP", dependencies: ["RedisPOSIX"], swiftSettings: settings),
        .systemLibrary(name: "CRedisOpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "RedisReactor",
            dependencies: ["CRedisLibevent", "CRedisOpenSSL", "RedisPOSIX"],
            swiftSettings: settings
        ),
        .target(
            name: "RedisCore",
            dependencies: [
                "RedisRESP", "RedisReactor", .product(name: "Logging", package: "swift-log"),
                configurationTrait, metricsTrait, tracingTrait,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RedisEvents",
            dependencies: ["RedisCore", "RedisReactor", "RedisRESP", serviceTrait],
            swiftSettings: settings
        ),
        .target(
            name: "RedisCommands",
            dependencies: [
                "RedisCore", "RedisReactor", "RedisRESP", metricsTrait, tracingTrait, serviceTrait,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RedisToolkit",
            dependencies: [
                "RedisEvents", "RedisCommands", "RedisCore", "RedisReactor", "RedisRESP", "RedisPOSIX",
                .product(name: "Logging", package: "swift-log"), configurationTrait,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RedisStreams",
            dependencies: ["RedisEvents", "RedisCommands", "RedisCore", "RedisReactor", "RedisRESP", "RedisPOSIX"],
            swiftSettings: settings
        ),
        .target(name: "RedisTesting", dependencies: ["RedisPOSIX"], swiftSettings: settings),
    ]
)

// What tests the library's code is not optimised with it, nor compiled as a whole on a single core: that takes as long as
// all the rest of a release build. With `Tools/test --soak` it is, with what is inlined into it.
let testSettings =
    settings
    + (Context.environment["REDIS_EVENTS_SOAK"] == "1"
        ? []
        : [
            .unsafeFlags(
                ["-Onone", "-no-whole-module-optimization", "-enable-batch-mode"],
                .when(configuration: .release)
            )
        ])

if isRoot {
    package.products.append(.executable(name: "rwatch", targets: ["rwatch"]))
    package.dependencies.append(
        // The tool only: options, help and usage errors.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    )
    package.dependencies.append(
        // `rwatch web` only: HTTP, with limits on what a client may send.
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2")
    )
    package.targets += [
        .systemLibrary(
            name: "CRwatchZlib",
            path: "Tools/CRwatchZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(
            name: "RwatchKit",
            dependencies: [
                "CRwatchZlib",
                "RedisEvents", "RedisCommands", "RedisStreams", "RedisTesting", "RedisCore", "RedisReactor",
                "RedisRESP",
                "RedisPOSIX",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tools/RwatchKit",
            swiftSettings: settings
        ),
        .target(
            name: "RwatchWeb",
            dependencies: [
                "RwatchKit", "RedisEvents", "RedisCommands", "RedisCore", "RedisReactor", "RedisRESP", "RedisPOSIX",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tools/RwatchWeb",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "rwatch",
            dependencies: [
                "RwatchKit", "RwatchWeb", "RedisEvents", "RedisCore", "RedisReactor", "RedisRESP",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/rwatch",
            swiftSettings: settings
        ),
        // What must hold for any input. The fuzzer's driver and the replay of its corpus share it.
        .target(
            name: "FuzzProperties",
            dependencies: ["RedisRESP", "RedisReactor", "RedisCore", "RedisEvents", "RedisCommands"],
            path: "Tools/fuzz/Properties",
            swiftSettings: settings
        ),
        // The tags by which `Tools/test` selects suites.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        // A client with a server of its own, for the tests of what stands on commands.
        .target(
            name: "ClientTestSupport",
            dependencies: ["RedisCommands", "RedisTesting"],
            path: "Tests/ClientTestSupport",
            swiftSettings: settings
        ),
        .testTarget(name: "FuzzTests", dependencies: ["TestSupport", "FuzzProperties"], swiftSettings: testSettings),
        .testTarget(name: "RedisRESPTests", dependencies: ["TestSupport", "RedisRESP"], swiftSettings: testSettings),
        .testTarget(
            name: "RedisReactorTests",
            dependencies: ["TestSupport", "RedisReactor", "RedisTesting"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "RedisCoreTests",
            dependencies: ["TestSupport", "RedisCore", "RedisRESP", "RedisReactor"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "RedisTestingTests",
            dependencies: ["TestSupport", "RedisTesting"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "RedisEventsTests",
            dependencies: ["TestSupport", "RedisEvents", "RedisTesting", "RedisCore", "RedisReactor", "RedisRESP"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "RedisCommandsTests",
            dependencies: ["TestSupport", "RedisCommands", "RedisTesting"],
            swiftSettings: testSettings
        ),
        // A process that tests of locks kill and stop.
        .executableTarget(
            name: "lock-worker",
            dependencies: ["RedisToolkit"],
            path: "Tests/LockWorker",
            swiftSettings: settings
        ),
        // The same for tests of queues, limits and caches.
        .executableTarget(
            name: "toolkit-worker",
            dependencies: ["RedisToolkit"],
            path: "Tests/ToolkitWorker",
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisToolkitTests",
            dependencies: [
                "TestSupport", "ClientTestSupport", "RedisToolkit", "RedisTesting", "RedisCore", "RedisReactor",
                "RedisRESP", "lock-worker", "toolkit-worker",
            ],
            swiftSettings: testSettings
        ),
        // The same for tests of queues on streams.
        .executableTarget(
            name: "streams-worker",
            dependencies: ["RedisStreams"],
            path: "Tests/StreamsWorker",
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisStreamsTests",
            dependencies: [
                "TestSupport", "ClientTestSupport", "RedisStreams", "RedisToolkit", "RedisTesting", "RedisCore",
                "RedisReactor", "RedisRESP", "streams-worker",
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "RwatchKitTests",
            dependencies: [
                "TestSupport", "RwatchKit", "RedisTesting", "RedisEvents", "RedisCore", "RedisReactor", "RedisRESP",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "RwatchWebTests",
            dependencies: [
                "TestSupport", "RwatchWeb", "RwatchKit", "RedisEvents", "RedisCore", "RedisReactor", "RedisRESP",
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport", "RedisEvents", "RedisCommands", "RedisStreams", "RedisTesting", "RedisCore", "RwatchKit",
                "RedisRESP",
                "RedisReactor",
                "rwatch",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: testSettings
        ),
    ]
    // What a sanitizer does not run every day need not be built for it. `Tools/test` says which of these has its turn.
    let tool: Set<String> = ["rwatch", "RwatchKit", "RwatchWeb", "CRwatchZlib", "RwatchKitTests", "RwatchWebTests"]
    let toolkit: Set<String> = [
        "RedisToolkit", "RedisStreams", "RedisToolkitTests", "RedisStreamsTests", "ClientTestSupport",
        "lock-worker", "toolkit-worker", "streams-worker",
    ]
    let bytes: Set<String> = ["FuzzProperties", "FuzzTests", "RedisRESPTests", "RedisReactorTests"]
    let units: Set<String> = ["RedisCoreTests", "RedisEventsTests"]
    let links: Set<String> = ["IntegrationTests", "RedisCommandsTests", "RedisTestingTests"]
    let leftOut: Set<String> =
        switch Context.environment["REDIS_EVENTS_TESTS"] {
        case "bytes": tool.union(toolkit).union(units).union(links)
        case "links": tool.union(toolkit).union(units).union(bytes)
        case "toolkit": tool.union(links).union(units).union(bytes)
        default: []
        }
    if leftOut.contains("RwatchKit") {
        // What needs the tool or its parts, and the tests of other releases that need the toolkit: a sanitizer runs none.
        let files = ["Rwatch", "ReadmeTests.swift", "SecretsTests.swift", "Durable", "Groups"]
        for target in package.targets where target.name == "IntegrationTests" { target.exclude = files }
    }
    package.products.removeAll { leftOut.contains($0.name) }
    package.targets.removeAll { leftOut.contains($0.name) }
    for target in package.targets {
        target.dependencies.removeAll {
            if case .byNameItem(let name, _) = $0 { leftOut.contains(name) } else { false }
        }
    }
}

// The driver is linked with libFuzzer, which brings `main`, and all that it tests is built with the fuzzer's counters:
// so it is a target only when `Tools/fuzz/run` asks. It is one of this package and not of a nested one because
// `package` access ends at the package.
if Context.environment["REDIS_EVENTS_FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: ["FuzzProperties"],
            path: "Tools/fuzz/Driver",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]
        )
    )
}

// What `Tools/cost/run` counts the instructions of. It is no part of the other builds, and one of this package for the
// same reason.
if Context.environment["REDIS_EVENTS_COST"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "cost",
            dependencies: ["RwatchKit", "RedisEvents", "RedisCommands", "RedisToolkit", "RedisCore", "RedisRESP"],
            path: "Tools/cost/Scenes",
            swiftSettings: settings
        )
    )
}
