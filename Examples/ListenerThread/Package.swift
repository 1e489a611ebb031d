// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ListenerThread",
    dependencies: [
        .package(name: "redis-events", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "ListenerThread",
            dependencies: [
                .product(name: "RedisEvents", package: "redis-events")
            ]
        )
    ]
)
