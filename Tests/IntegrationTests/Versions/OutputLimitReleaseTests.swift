import Glibc
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// The server's limit is 32 MB of output (`client-output-buffer-limit pubsub 32mb 8mb 60`). Beyond it the link is
/// closed without a word, and PUBLISH has counted the reader all the same.
@Suite("The output limit of each release", .tags(.release), .timeLimit(.minutes(2)))
struct OutputLimitReleaseTests {
    private static let lostAndBack = ["lost", "restored", "gap"]

    /// A message that does not fit is never sent, even to a reader that waits for it.
    @Test("leaves a gap where one message was too large", arguments: ServerRelease.all, bothProtocols)
    func bigPayload(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            let passing = RedisBytes([UInt8](repeating: 0x61, count: 20 << 20))
            #expect(try server.publish("a", passing) == 1)
            #expect(try await pubsub.getMessage(timeout: .seconds(20)).message?.payload == passing)
            let large = RedisBytes([UInt8](repeating: 0x62, count: 40 << 20))
            #expect(try server.publish("a", large) == 1)
            guard case .event(let first) = try await pubsub.getMessage(timeout: .seconds(20)) else {
                return #expect(Bool(false), "neither the message nor a gap")
            }
            if let message = first.message {
                // 5.0 may write all to a link that it has given up already, and closes it then.
                #expect(release.maySendByReference || !release.hasRESP3)
                #expect(message.payload == large)
                if !release.maySendByReference { #expect(try await pubsub.take(3) == Self.lostAndBack) }
            } else {
                #expect(try await [words(first)] + pubsub.take(2) == Self.lostAndBack)
            }
            #expect(try server.publish("a", "after") == 1)
            #expect(try await pubsub.take(1) == ["message a after"])
            await pubsub.close()
        }
    }

    /// An inline handler that breaks its promise not to block: the loop reads nothing meanwhile.
    @Test("leaves a gap where the reader was too slow", arguments: ServerRelease.all)
    func slowReader(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let loop = try RedisEventLoop(name: "slow")
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true, loop: loop)
            let received = Locked(0)
            let isOver = Locked(false)
            try await pubsub.subscribe(
                "a",
                handler: .inline { _ in
                    received.withLock { $0 += 1 }
                    _ = eventuallyBlocking(within: .seconds(60)) { isOver.withLock { $0 } }
                }
            )
            let megabyte = RedisBytes([UInt8](repeating: 0x63, count: 1 << 20))
            for _ in 0..<60 { try server.publish("a", megabyte) }
            isOver.withLock { $0 = true }
            let isWhole = release.maySendByReference ? try await eventually { received.withLock { $0 } == 60 } : false
            if !isWhole {
                #expect(try await pubsub.take(3) == Self.lostAndBack)
                // 5.0 may write all to a link that it has given up already.
                #expect(!release.hasRESP3 || received.withLock { $0 } < 60)
            }
            let before = received.withLock { $0 }
            #expect(try server.publish("a", "after") == 1)
            #expect(try await eventually { received.withLock { $0 } == before + 1 })
            await pubsub.close()
            await loop.shutdown()
        }
    }
}
