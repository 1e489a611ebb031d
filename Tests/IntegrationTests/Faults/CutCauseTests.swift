import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// A server closes without a word when the output buffer is over its limit, and when somebody says CLIENT KILL.
@Suite("CLIENT KILL and the output buffer's limit", .tags(.server), .timeLimit(.minutes(2)))
struct CutCauseTests {
    /// 7.0 does not count whom it cuts; 8 does.
    private static let releases = ServerRelease.all.filter {
        $0.product == .redis && $0.isAtLeast(redis: ServerVersion(7))
    }

    private static func counts(_ release: ServerRelease) -> Bool { release.isAtLeast(redis: ServerVersion(8)) }

    private func check(_ cause: RedisDisconnect?, isOver: Bool, _ release: ServerRelease) {
        guard let cause else { return #expect(Bool(false), "no cause") }
        if Self.counts(release) {
            #expect(cause.reason == (isOver ? .outputBufferLimit : .clientKilled))
            #expect(cause.confidence == .likely)
        } else {
            #expect(cause.confidence == .possible)
            #expect(cause.description.contains("CLIENT KILL"))
            #expect(cause.description.contains("output buffer"))
        }
    }

    private func cause(_ pubsub: PubSub) async throws -> RedisDisconnect? {
        while case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) {
            if case .gap(let gap) = event, gap.isComplete { return gap.cause }
        }
        return nil
    }

    private func cause(_ monitor: Monitor) async throws -> RedisDisconnect? {
        while case .event(let event) = try await monitor.next(timeout: .seconds(10)) {
            if case .gap(let gap) = event { return gap.cause }
        }
        return nil
    }

    @Test("are told apart for a subscriber, or both named", arguments: releases, bothProtocols)
    func subscriber(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        let options = RedisServerOptions(arguments: ["--client-output-buffer-limit", "pubsub 1mb 0 0"])
        try await withRelease(release, options) { server in
            let pubsub = try PubSub(server.configuration(version))
            try await pubsub.subscribe("c")
            try server.publish("c", RedisBytes([UInt8](repeating: 0x78, count: 2 << 20)))
            check(try await cause(pubsub), isOver: true, release)
            // Nothing is on its way, and nobody sent so much that it could be the buffer.
            try await pubsub.ping()
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            let killed = try await cause(pubsub)
            #expect(killed?.reason == .clientKilled)
            #expect(killed?.confidence == .likely)
            await pubsub.close()
        }
    }

    @Test("are told apart for a monitor, or both named", arguments: releases, bothProtocols)
    func monitor(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let monitor = try Monitor(server.configuration(version))
            try await monitor.start()
            // No limit, by default.
            try server.command("CLIENT", "KILL", "TYPE", "normal")
            let killed = try await cause(monitor)
            #expect(killed?.reason == .clientKilled)
            #expect(killed?.confidence == .likely)
            try server.command("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0")
            try server.command([Array("SET".utf8), Array("k".utf8), [UInt8](repeating: 0x78, count: 2 << 20)])
            check(try await cause(monitor), isOver: true, release)
            await monitor.close()
        }
    }
}
