// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Worker",
    dependencies: [
        .package(name: "redis-events", path: "../..", traits: ["ServiceLifecycle"]),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    ],
    targets: [
        .executableTarget(
            name: "Worker",
            dependencies: [
                .product(name: "RedisStreams", package: "redis-events"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ]
        )
    ]
)
