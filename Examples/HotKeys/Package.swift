// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "HotKeys",
    dependencies: [
        .package(name: "redis-events", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "HotKeys",
            dependencies: [
                .product(name: "RedisEvents", package: "redis-events")
            ]
        )
    ]
)
