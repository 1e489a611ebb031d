// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Testing",
    dependencies: [
        .package(name: "redis-events", path: "../..")
    ],
    targets: [
        .target(
            name: "Greeter",
            dependencies: [
                .product(name: "RedisEvents", package: "redis-events")
            ]
        ),
        .testTarget(
            name: "GreeterTests",
            dependencies: [
                "Greeter",
                .product(name: "RedisTesting", package: "redis-events"),
            ]
        ),
    ]
)
