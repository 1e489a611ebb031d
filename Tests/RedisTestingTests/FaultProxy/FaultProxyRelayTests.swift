import RedisTesting
import TestSupport
import Testing

@Suite("A fault proxy without faults", .tags(.server), .serialized, .timeLimit(.minutes(1)))
struct FaultProxyRelayTests {
    @Test("passes every byte on, both ways")
    func everyByte() async throws {
        let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try await ProxyBench.run { connection in
            try connection.expect(large)
            try connection.send(large)
        } _: { bench in
            try bench.client.send(large)
            #expect(try bench.client.read(large.count) == large)
            #expect(try bench.client.readToEnd() == [])
            #expect(bench.proxy.counts.bytesToServer == large.count)
            #expect(bench.proxy.counts.bytesToClient == large.count)
        }
    }

    @Test("passes the end of one way on and leaves the other open")
    func halfClose() async throws {
        try await ProxyBench.run { connection in
            connection.closeGracefully()
            let rest = try connection.waitForClose()
            #expect(rest == bytes("still heard"))
        } _: { bench in
            #expect(try bench.client.readToEnd() == [])
            try bench.client.send(bytes("still heard"))
            bench.client.close()
            #expect(try await eventually { bench.proxy.counts.open == 0 })
        }
    }

    @Test("passes a reset on")
    func reset() async throws {
        try await ProxyBench.run { connection in
            try connection.expect("x")
            connection.reset()
        } _: { bench in
            try bench.client.send(bytes("x"))
            #expect(bench.readToEnd() == ("", "reset"))
        }
    }

    @Test("holds little: who sends to a client that does not read has to wait, and nothing is lost")
    func backPressure() async throws {
        let piece = [UInt8](repeating: 7, count: 64 << 10)
        let sent = Locked(0)
        let isBlocked = Locked(false)
        let server = ScriptedServer(timeout: .milliseconds(300)) { connection in
            do throws(RedisTestingError) {
                // More than all buffers between here and there can hold.
                for _ in 0..<2000 {
                    try connection.send(piece)
                    sent.withLock { $0 += piece.count }
                }
            } catch {
                isBlocked.withLock { $0 = error.code == .timeout }
            }
        }
        try server.start()
        let proxy = FaultProxy(port: server.port)
        try proxy.start()
        defer { proxy.stop() }
        let client = try TestClient(proxy.url)
        #expect(try await eventually { isBlocked.withLock { $0 } })
        var received = 0
        while case let piece = try client.readSome(), !piece.isEmpty { received += piece.count }
        // The piece that got stuck was sent in part.
        #expect(received >= sent.withLock { $0 })
        #expect(received < sent.withLock { $0 } + piece.count)
        #expect(received == proxy.counts.bytesToClient)
        client.close()
        try server.stop()
    }

    @Test("stands before a server on a Unix socket, or one with a name, and keeps the password in its URL")
    func upstreams() async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix, password: "p w")) { server in
            try await withFaultProxy(to: server) { proxy in
                #expect(proxy.url == "redis://:p%20w@127.0.0.1:\(proxy.port)")
                let client = try TestClient(proxy.url)
                try client.send(command: ["AUTH", "p w"])
                try client.send(command: ["PING"])
                #expect(try client.read(12) == bytes("+OK\r\n+PONG\r\n"))
                client.close()
            }
        }
        try await withRedisServer { server in
            let proxy = FaultProxy(host: "localhost", port: server.port)
            try proxy.start()
            defer { proxy.stop() }
            let client = try TestClient(proxy.url)
            try client.send(command: ["PING"])
            #expect(try client.read(7) == bytes("+PONG\r\n"))
            client.close()
        }
    }

    @Test("resets the client's connection when there is no server")
    func noServer() async throws {
        let proxy = FaultProxy(port: try FreePort.next())
        try proxy.start()
        defer { proxy.stop() }
        #expect(ProxyBench.outcome(proxy) == ("", "reset"))
        #expect(proxy.counts.accepted == 1)
    }

    @Test("is started once and stopped for good")
    func life() async throws {
        let proxy = FaultProxy(port: 1)
        #expect(proxy.url == "")
        #expect(proxy.port == 0)
        try proxy.start()
        let url = proxy.url
        try proxy.start()
        #expect(proxy.url == url)
        proxy.stop()
        proxy.stop()
        // Without effect, and without waiting for anything.
        proxy.stall()
        proxy.refuse()
        try proxy.accept()
        let error = await failure { () throws(RedisTestingError) in try proxy.start() }
        #expect(error == RedisTestingError(.notRunning, "the proxy was stopped"))
        #expect(await failure { () throws(RedisTestingError) in _ = try TestClient(url) }?.code == .connectionFailed)
    }

    @Test("leaves no thread and no descriptor behind, whatever its connections were doing")
    func leavesNothing() async throws {
        try await withRedisServer { server in
            func round() async throws {
                try await withFaultProxy(to: server) { proxy in
                    var clients: [TestClient] = []
                    let faults: [Fault] = [.stall(.both), .halfOpen, .slow(bytesPerSecond: 1, .both), .resume]
                    for (index, fault) in faults.enumerated() {
                        let client = try TestClient(proxy.url)
                        #expect(try await eventually { proxy.counts.accepted == index + 1 })
                        proxy.apply(fault, to: .connection(index: index))
                        try client.send(command: ["PING"])
                        clients.append(client)
                    }
                    #expect(try clients[3].read(7) == bytes("+PONG\r\n"))
                    proxy.cutAll(.finish)
                    clients.append(try TestClient(proxy.url))
                    proxy.refuse()
                    for client in clients { client.close() }
                }
            }
            try await round()
            let descriptors = ResourceCount.openFileDescriptors()
            let threads = ResourceCount.threads()
            for _ in 0..<20 { try await round() }
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
            #expect(try await eventually { ResourceCount.threads() <= threads })
        }
    }
}
