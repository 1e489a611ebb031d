import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Frames that arrive in pieces over a link that then stays idle. Required:
/// delivered at once, no hang, no loss.
///
/// Asserted elsewhere: every kind of frame, and lines of MONITOR, cut in two at each byte by a scripted server
/// (`SplitTests`). Here a real server's bytes go through the proxy, the handshake included.
@Suite("Frames split at every byte", .tags(.server), .timeLimit(.minutes(2)))
struct SplitFrameTests {
    @Test("byte by byte from the handshake on, everything is delivered at once", arguments: bothProtocols)
    func oneByteAtATime(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let script = FaultScript([.fault(.oneByteAtATime())])
            try await withFaultProxy(to: server, script: script) { proxy in
                var configuration = try proxy.quietConfiguration(version)
                // A few thousand reads, which take their time under a sanitizer.
                configuration.handshakeTimeout = .seconds(30)
                let pubsub = try PubSub(configuration)
                try await pubsub.subscribe("foo")
                try await pubsub.psubscribe("f*")
                try await pubsub.ssubscribe("shard")
                for payload: RedisBytes in ["", "\r\n", RedisBytes([0, 255])] {
                    #expect(try server.publish("foo", payload) == 2)
                    #expect(try server.spublish("shard", payload) == 1)
                }
                #expect(
                    try await pubsub.take(12, within: .seconds(10)) == [
                        "subscribed foo 1", "subscribed f* 2", "subscribed shard 1", "message foo ", "pmessage f* foo ",
                        "smessage shard ", "message foo \r\n", "pmessage f* foo \r\n", "smessage shard \r\n",
                        "message foo \\x00\\xff", "pmessage f* foo \\x00\\xff", "smessage shard \\x00\\xff",
                    ]
                )
                #expect(try await pubsub.ping() > .zero)
                await pubsub.close()
            }
        }
    }

    @Test("cut in two at each byte, a real server's messages are delivered at once", arguments: bothProtocols)
    func everyOffset(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(proxy.quietConfiguration(version), ignoreSubscribeMessages: true)
                try await pubsub.subscribe("foo")
                try await pubsub.psubscribe("f*")
                let before = proxy.counts.bytesToClient
                try server.publish("foo", "hello")
                let expected = ["message foo hello", "pmessage f* foo hello"]
                #expect(try await pubsub.take(2) == expected)
                // Counted a moment after they have gone out.
                try #require(try await eventually { proxy.counts.bytesToClient > before + 60 })
                let length = proxy.counts.bytesToClient - before
                for cut in 1..<length {
                    proxy.apply(.split(at: [cut], pause: .milliseconds(2), .toClient))
                    try server.publish("foo", "hello")
                    #expect(try await pubsub.take(2, within: .seconds(5)) == expected, "cut at \(cut)")
                }
                await pubsub.close()
            }
        }
    }

    @Test("cut at each byte, lines of MONITOR are whole")
    func monitor() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let monitor = try Monitor(proxy.quietConfiguration())
                try await monitor.start()
                proxy.apply(.pieces(of: 1, pause: .milliseconds(1), .toClient))
                for value in ["a", "] \"b\" [0 1", "\r\n"] {
                    try server.command("SET", "key", value)
                    guard case .event(.command(let command)) = try await monitor.next(timeout: .seconds(5)) else {
                        return #expect(Bool(false))
                    }
                    #expect(command.arguments == ["SET", "key", RedisBytes(value)])
                }
                await monitor.close()
            }
        }
    }
}
