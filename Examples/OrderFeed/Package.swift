// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "OrderFeed",
    dependencies: [
        .package(name: "redis-events", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "OrderFeed",
            dependencies: [
                .product(name: "RedisStreams", package: "redis-events")
            ]
        )
    ]
)
