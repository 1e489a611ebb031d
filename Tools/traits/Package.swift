// swift-tools-version: 6.2
import PackageDescription

// A package that depends on our products with all their traits, and tests what those bring. It is a package of its own
// because a trait changes the settings of every target: all would be built once more. It is one for all traits, so that
// this happens once.
let package = Package(
    name: "traits",
    dependencies: [
        .package(
            name: "redis-events",
            path: "../..",
            traits: ["Configuration", "Metrics", "Tracing", "ServiceLifecycle"]
        ),
        // Its default, which an example of the documents needs.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.0.0", traits: ["JSON"]),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.1.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        .testTarget(
            name: "TraitTests",
            dependencies: [
                .product(name: "RedisEvents", package: "redis-events"),
                .product(name: "RedisCommands", package: "redis-events"),
                .product(name: "RedisToolkit", package: "redis-events"),
                .product(name: "RedisTesting", package: "redis-events"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ConfigurationTesting", package: "swift-configuration"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            path: "Tests"
        )
    ]
)
