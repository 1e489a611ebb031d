import NIOCore
import NIOHTTP1
import NIOPosix
package import RedisCore
import RedisPOSIX
import Synchronization

/// The HTTP server: one thread, and connections of one request each.
package final class WebServer: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let listener: any Channel
    private let connections: Connections

    /// The connections that are open.
    private final class Connections: Sendable {
        private let all = Locked<[ObjectIdentifier: any Channel]>([:])

        /// Adds a connection, and returns how many there are.
        func add(_ channel: any Channel) -> Int {
            all.withLock { all in
                all[ObjectIdentifier(channel)] = channel
                return all.count
            }
        }

        func remove(_ channel: any Channel) { all.withLock { $0[ObjectIdentifier(channel)] = nil } }

        func takeAll() -> [any Channel] { Array(all.withLock { exchange(&$0, with: [:]) }.values) }
    }

    /// Listens.
    ///
    /// - Parameters:
    ///   - address: Where.
    ///   - limits: What clients may use.
    ///   - site: Makes what answers, with the port that was chosen.
    /// - Throws: `.systemFailure` when nobody may listen there.
    package init(
        _ address: ListenAddress,
        limits: WebLimits = WebLimits(),
        site: @escaping @Sendable (ListenAddress) -> WebSite
    ) async throws(RedisError) {
        let connections = Connections()
        self.connections = connections
        let made = Locked<WebSite?>(nil)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 32 << 10, high: 64 << 10))
            .childChannelInitializer { channel in
                let count = connections.add(channel)
                channel.closeFuture.whenComplete { _ in connections.remove(channel) }
                guard count <= 2 * limits.connections, let site = made.withLock({ $0 }) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: false,
                        withErrorHandling: false,
                        withEncoderConfiguration: .init(),
                        withDecoderLimitConfiguration: limits.decoder
                    )
                    try pipeline.addHandler(WebConnection(site, limits, isSurplus: count > limits.connections))
                }
            }
        do {
            listener = try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            try? await group.shutdownGracefully()
            let place = "\(address.hostInURL):\(address.port)"
            throw RedisError(.systemFailure, "cannot listen at \(place): \(Self.words(error))")
        }
        let port = listener.localAddress?.port ?? address.port
        made.withLock { $0 = site(ListenAddress(host: address.host, port: port)) }
        self.port = port
    }

    /// The port, which the system has chosen where none was named.
    package let port: Int

    /// Ends all connections and the thread.
    package func close() async {
        try? await listener.close().get()
        for channel in connections.takeAll() { try? await channel.close().get() }
        try? await group.shutdownGracefully()
    }

    private static func words(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return RedisSystemError(call: "bind", code: error.errnoCode).reason
    }
}
