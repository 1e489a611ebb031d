// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ServerSentEvents",
    dependencies: [
        .package(name: "redis-events", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0"),
    ],
    targets: [
        .executableTarget(
            name: "ServerSentEvents",
            dependencies: [
                .product(name: "RedisEvents", package: "redis-events"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]
        )
    ]
)
