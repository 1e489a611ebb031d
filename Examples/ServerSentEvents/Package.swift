// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ServerSentEvents",
    dependencies: [
        .package(name: "redis-events", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "ServerSentEvents",
            dependencies: [
                .product(name: "RedisEvents", package: "redis-events"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        )
    ]
)
