// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the main one builds without it, and it sees of the library what any user sees.
let package = Package(
    name: "bench",
    dependencies: [.package(name: "redis-events", path: "../..")],
    targets: [
        .executableTarget(
            name: "events-client",
            dependencies: [
                .product(name: "RedisEvents", package: "redis-events"),
                .product(name: "RedisCommands", package: "redis-events"),
                .product(name: "RedisStreams", package: "redis-events"),
                .product(name: "RedisToolkit", package: "redis-events"),
            ],
            path: "client",
            swiftSettings: [.treatAllWarnings(as: .error)]
        )
    ]
)
