import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// A source that is closed while its start waits for the server: whoever reads it comes to the end, in every way to
/// read. Only who has called `start` is told.
@Suite("A close during the start", .serialized, .tags(.server), .timeLimit(.minutes(2)))
struct StartCloseTests {
    enum Facade: String, CaseIterable, Sendable {
        case monitor, keys, invalidations, monitorOfCluster, keysOfCluster
    }

    enum Reader: String, CaseIterable, Sendable {
        case events, batches, next, run, thread, listen, blockingNext
    }

    @Test("ends every way to read without an error", arguments: Facade.allCases, Reader.allCases)
    func endsReading(_ facade: Facade, _ reader: Reader) async throws {
        try await withSilentServer { server in
            try await check(facade, server) { source in
                try await read(source, reader)
                #expect(source.failure == nil)
            }
        }
    }

    @Test("is what its caller is told", arguments: Facade.allCases)
    func isThrown(_ facade: Facade) async throws {
        try await withSilentServer { server in
            let configuration = try configuration(facade, server)
            let starting: Task<Void, any Error>
            let close: @Sendable () async -> Void
            switch facade {
            case .monitor, .monitorOfCluster:
                let monitor = try Monitor(configuration)
                starting = Task { try await monitor.start() }
                close = { await monitor.close() }
            case .keys, .keysOfCluster:
                let keys = try KeyspaceEvents(configuration)
                starting = Task { try await keys.start() }
                close = { await keys.close() }
            case .invalidations:
                let invalidations = try Invalidations(configuration)
                starting = Task { try await invalidations.start() }
                close = { await invalidations.close() }
            }
            #expect(try await eventually { server.connectionCount > 0 })
            await close()
            let error = await #expect(throws: RedisError.self) { try await starting.joined }
            #expect(error?.code == .closed)
        }
    }

    /// Runs `body` with a server that accepts connections and never replies.
    private func withSilentServer(_ body: (ScriptedServer) async throws -> Void) async throws {
        let server = ScriptedServer(timeout: .seconds(20)) { _ = try $0.waitForClose() }
        try server.start()
        try await body(server)
        try await server.finish()
    }

    private func configuration(_ facade: Facade, _ server: ScriptedServer) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: server.url)
        if facade == .monitorOfCluster || facade == .keysOfCluster {
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
        }
        return configuration
    }

    private func check(
        _ facade: Facade,
        _ server: ScriptedServer,
        _ body: @escaping @Sendable (any RedisEventSource) async throws -> Void
    ) async throws {
        let configuration = try configuration(facade, server)
        switch facade {
        case .monitor, .monitorOfCluster: try await closeMeanwhile(Monitor(configuration), server, body)
        case .keys, .keysOfCluster: try await closeMeanwhile(KeyspaceEvents(configuration), server, body)
        case .invalidations: try await closeMeanwhile(Invalidations(configuration), server, body)
        }
    }

    /// Closes the source while `body` waits for its start.
    private func closeMeanwhile<Source: RedisEventSource>(
        _ source: Source,
        _ server: ScriptedServer,
        _ body: @escaping @Sendable (any RedisEventSource) async throws -> Void
    ) async throws {
        let reading = Task { try await body(source) }
        #expect(try await eventually { server.connectionCount > 0 })
        try await onThread { source.blocking.close() }
        try await reading.joined
    }

    /// Reads to the end.
    private func read<Source: RedisEventSource>(_ source: Source, _ reader: Reader) async throws {
        let found = Collector()
        switch reader {
        case .events: for try await event in source.events { found.add("\(event)") }
        case .batches: for try await batch in source.batches { found.add("\(batch.count) events") }
        case .next: found.add("\(try await source.next())")
        case .run: try await source.run { found.add("\($0)") }
        case .thread:
            let listener = try source.runInThread(
                exceptionHandler: { error, _, _ in found.add("\(error)") },
                onEvent: { found.add("\($0)") }
            )
            // The task may not block its thread.
            try await onThread { _ = try listener.join(timeout: .seconds(60)) }
        case .listen: try await onThread { for event in source.listen() { found.add("\(event)") } }
        case .blockingNext: try await onThread { found.add("\(try source.blocking.next())") }
        }
        #expect(found.all == (reader == .next || reader == .blockingNext ? ["closed"] : []))
    }
}
