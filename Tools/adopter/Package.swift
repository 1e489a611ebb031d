// swift-tools-version: 6.2
import PackageDescription

// A package that depends on RedisEvents alone. `check` tells what it gets with it.
let package = Package(
    name: "adopter",
    dependencies: [.package(name: "redis-events", path: "../..")],
    targets: [
        .executableTarget(
            name: "adopter",
            dependencies: [.product(name: "RedisEvents", package: "redis-events")],
            path: "Sources"
        )
    ]
)
