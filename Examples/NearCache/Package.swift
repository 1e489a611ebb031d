// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "NearCache",
    dependencies: [
        .package(name: "redis-events", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "NearCache",
            dependencies: [
                .product(name: "RedisToolkit", package: "redis-events")
            ]
        )
    ]
)
