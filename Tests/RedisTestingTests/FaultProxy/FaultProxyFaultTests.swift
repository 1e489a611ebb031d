import RedisTesting
import TestSupport
import Testing

@Suite("A fault proxy", .tags(.server), .serialized, .timeLimit(.minutes(1)))
struct FaultProxyFaultTests {
    /// Lets the proxy look at its sockets a few times: what it would pass on it has passed on then.
    private func letPass(_ proxy: FaultProxy) async throws {
        for _ in 0..<20 {
            proxy.apply(.resume, to: .connection(index: .max))
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test("cuts both sides, in order or by a reset", arguments: [Fault.Cut.finish, .reset])
    func cut(_ cut: Fault.Cut) async throws {
        try await ProxyBench.run { connection in
            try connection.send("hello")
            try connection.expect("x")
            let rest = try connection.waitForClose()
            #expect(rest == [])
        } _: { bench in
            #expect(try bench.client.read(5) == bytes("hello"))
            try bench.client.send(bytes("x"))
            #expect(try await eventually { bench.proxy.counts.bytesToServer == 1 })
            bench.proxy.cutAll(cut)
            #expect(bench.proxy.counts.open == 0)
            #expect(bench.readToEnd() == ("", cut.rawValue))
        }
    }

    @Test("cuts after exactly so many bytes", arguments: [0, 1, 7, 26], [Fault.Cut.finish, .reset])
    func cutAfter(_ count: Int, _ cut: Fault.Cut) async throws {
        let text = "abcdefghijklmnopqrstuvwxyz"
        // Not before the client knows that it is connected: a reset may be faster than that.
        let toClient = FaultScript([.pass(bytes: 1, .toServer), .fault(.cutAfter(bytes: count, .toClient, cut))])
        try await ProxyBench.run(script: toClient) { connection in
            try? connection.expect("?")
            try? connection.send(text)
            try connection.waitForClose()
        } _: { bench in
            try bench.client.send(bytes("?"))
            #expect(bench.readToEnd() == (String(text.prefix(count)), cut.rawValue))
        }
        let toServer = FaultScript([.pass(bytes: 1, .toClient), .fault(.cutAfter(bytes: count, .toServer, cut))])
        try await ProxyBench.run(script: toServer) { connection in
            try connection.send("!")
            let rest = try connection.waitForClose()
            #expect(rest == Array(text.utf8.prefix(count)))
        } _: { bench in
            let first = try bench.client.read(1)
            #expect(first == bytes("!"))
            try? bench.client.send(bytes(text))
            #expect(bench.readToEnd() == ("", cut.rawValue))
        }
    }

    @Test("holds back what comes during a stall, and loses nothing of it")
    func stall() async throws {
        try await ProxyBench.run { connection in
            try connection.send("one")
            try connection.expect("go")
            try connection.send("two")
            try connection.expect("on")
        } _: { bench in
            #expect(try bench.client.read(3) == bytes("one"))
            bench.proxy.stall(.toClient)
            try bench.client.send(bytes("go"))
            try await letPass(bench.proxy)
            #expect(bench.proxy.counts.bytesToServer == 2)
            #expect(bench.proxy.counts.bytesToClient == 3)
            bench.proxy.stall()
            try bench.client.send(bytes("on"))
            try await letPass(bench.proxy)
            #expect(bench.proxy.counts.bytesToServer == 2)
            bench.proxy.resume()
            #expect(bench.readToEnd() == ("two", "finish"))
        }
    }

    @Test("keeps the sockets of a half-open connection and lets nothing through for ever")
    func halfOpen() async throws {
        let step = Locked(0)
        try await ProxyBench.run { connection in
            try connection.expect("x")
            #expect(eventuallyBlocking { step.withLock { $0 == 1 } })
            try connection.send("lost 1")
            #expect(eventuallyBlocking { step.withLock { $0 == 2 } })
            try connection.send("lost 2")
            let rest = try connection.waitForClose()
            #expect(rest == [])
        } _: { bench in
            try bench.client.send(bytes("x"))
            #expect(try await eventually { bench.proxy.counts.bytesToServer == 1 })
            bench.proxy.halfOpen()
            bench.proxy.resume()
            try bench.client.send(bytes("lost"))
            step.withLock { $0 = 1 }
            #expect(try await eventually { bench.proxy.counts.dropped == 10 })
            bench.client.close()
            // The server does not learn of it: what it sends goes nowhere, without an error.
            try await letPass(bench.proxy)
            step.withLock { $0 = 2 }
            #expect(try await eventually { bench.proxy.counts.dropped == 16 })
            #expect(bench.proxy.counts.open == 1)
            #expect(bench.proxy.counts.bytesToClient == 0)
            bench.proxy.cutAll(.finish)
        }
    }

    @Test("lets so many bytes a second pass")
    func slow() async throws {
        let text = String(repeating: "0123456789", count: 100)
        let script = FaultScript([.fault(.slow(bytesPerSecond: 4000, .toClient))])
        try await ProxyBench.run(script: script) { connection in
            try connection.send(text)
        } _: { bench in
            let start = ContinuousClock.now
            #expect(bench.readToEnd() == (text, "finish"))
            let time = start.duration(to: .now)
            // A quarter of a second's worth; the first of it may go before the clock is looked at.
            #expect(time > .milliseconds(200))
            #expect(time < .seconds(5))
        }
    }

    @Test("sends one byte at a time, or pieces, or ends a piece exactly where it is told")
    func pieces() async throws {
        let cases: [(Fault, [String])] = [
            (.pieces(of: 1, pause: .milliseconds(20), .toClient), ["a", "b", "c", "d", "e", "f", "g"]),
            (.pieces(of: 3, pause: .milliseconds(20), .toClient), ["abc", "def", "g"]),
            (.split(at: [6, 1], pause: .milliseconds(20), .both), ["a", "bcdef", "g"]),
        ]
        for (fault, expected) in cases {
            var pieces: [String] = []
            // Who reads too late gets two pieces as one, and reads them again.
            _ = try await eventually {
                try await ProxyBench.run(script: FaultScript([.fault(fault)])) { connection in
                    try connection.send("abcdefg")
                } _: { bench in
                    pieces = try bench.readPieces()
                }
                return pieces == expected
            }
            #expect(pieces == expected, "\(fault)")
        }
        #expect(Fault.oneByteAtATime() == .pieces(of: 1, pause: .milliseconds(1), .both))
    }

    @Test("changes the bytes that it is told to, counted from then on")
    func flip() async throws {
        try await ProxyBench.run { connection in
            try connection.send("abc")
            try connection.expect("x")
            try connection.send("def")
            try connection.send("ghi")
        } _: { bench in
            #expect(try bench.client.read(3) == bytes("abc"))
            bench.proxy.apply(.corrupt(.flip(at: [1, 5, 99], mask: 0x20), .toClient))
            try bench.client.send(bytes("x"))
            #expect(bench.readToEnd() == ("dEfghI", "finish"))
        }
    }

    @Test("changes one bit in each so-many-th byte, which one by the seed", arguments: [1, 10])
    func eachByte(_ count: Int) async throws {
        let zeros = [UInt8](repeating: 0, count: 100)
        var results: [[UInt8]] = []
        for seed: UInt64 in [1, 1, 2] {
            let script = FaultScript([.fault(.corrupt(.eachByte(count: count, seed: seed), .toServer))])
            let seen = Locked<[UInt8]>([])
            try await ProxyBench.run(script: script) { connection in
                let bytes = try connection.waitForClose()
                seen.withLock { $0 = bytes }
            } _: { bench in
                // In two parts, whose border changes nothing.
                try bench.client.send(Array(zeros[..<33]))
                #expect(try await eventually { bench.proxy.counts.bytesToServer == 33 })
                try bench.client.send(Array(zeros[33...]))
                bench.client.close()
                #expect(try await eventually { seen.withLock { $0.count } == 100 })
            }
            results.append(seen.withLock { $0 })
        }
        #expect(results[0] == results[1])
        #expect(results[0] != results[2])
        for (index, byte) in results[0].enumerated() {
            #expect(byte.nonzeroBitCount == ((index + 1) % count == 0 ? 1 : 0))
        }
    }

    @Test("refuses connects, and accepts again on the same port")
    func refuse() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let client = try TestClient(proxy.url)
                proxy.refuse()
                proxy.refuse()
                let refused = await failure { () throws(RedisTestingError) in _ = try TestClient(proxy.url) }
                #expect(refused?.code == .connectionFailed)
                // What is open stays so.
                try client.send(command: ["PING"])
                #expect(try client.read(7) == bytes("+PONG\r\n"))
                try proxy.accept()
                try proxy.accept()
                let second = try TestClient(proxy.url)
                try second.send(command: ["PING"])
                #expect(try second.read(7) == bytes("+PONG\r\n"))
                #expect(proxy.counts.accepted == 2)
                client.close()
                second.close()
            }
        }
    }

    @Test("closes as many new connections as it is told", arguments: [Fault.Cut.finish, .reset])
    func closeNew(_ cut: Fault.Cut) async throws {
        try await withRedisServer { server in
            func connections() throws -> Int {
                let line = try server.command("INFO", "stats").split(separator: "\r\n")
                    .first { $0.hasPrefix("total_connections_received:") }
                return try #require(line?.split(separator: ":").last.flatMap { Int($0) })
            }
            try await withFaultProxy(to: server) { proxy in
                let before = try connections()
                proxy.closeNew(cut, count: 2)
                for _ in 0..<2 { #expect(ProxyBench.outcome(proxy) == ("", cut.rawValue)) }
                let client = try TestClient(proxy.url)
                try client.send(command: ["PING"])
                #expect(try client.read(7) == bytes("+PONG\r\n"))
                proxy.closeNew(cut)
                for _ in 0..<3 { #expect(ProxyBench.outcome(proxy) == ("", cut.rawValue)) }
                try proxy.accept()
                let last = try TestClient(proxy.url)
                try last.send(command: ["PING"])
                #expect(try last.read(7) == bytes("+PONG\r\n"))
                for client in [client, last] { client.close() }
                // The two that were let through, and that of the question itself.
                #expect(try connections() == before + 3)
            }
        }
    }

    @Test("does what its script says to each connection")
    func script() async throws {
        let script = FaultScript(
            connections: [
                [.fault(.cut(.reset))],
                [.pass(bytes: 2, .toClient), .fault(.cut(.finish))],
                [
                    .fault(.stall(.toClient)), .pass(bytes: 1, .toServer), .wait(.milliseconds(30)), .fault(.resume),
                    .fault(.corrupt(.flip(at: [0], mask: 0x20), .toClient)),
                ],
            ],
            others: [
                .fault(.stall(.toClient)), .pass(bytes: 1, .toServer), .fault(.resume), .pass(bytes: 3, .toClient),
                .fault(.cutAfter(bytes: 1, .toClient, .reset)),
            ]
        )
        let server = ScriptedServer { connection in
            try? connection.send("abcdefg")
            try connection.waitForClose()
        }
        try server.start()
        let proxy = FaultProxy(port: server.port, script: script)
        try proxy.start()
        defer { proxy.stop() }
        #expect(ProxyBench.outcome(proxy) == ("", "reset"))
        #expect(ProxyBench.outcome(proxy) == ("ab", "finish"))
        let third = try TestClient(proxy.url)
        let start = ContinuousClock.now
        try third.send(bytes("x"))
        #expect(try third.read(7) == bytes("Abcdefg"))
        #expect(start.duration(to: .now) >= .milliseconds(30))
        third.close()
        for _ in 0..<2 {
            let bench = try ProxyBench(proxy: proxy, client: TestClient(proxy.url))
            try bench.client.send(bytes("x"))
            #expect(bench.readToEnd() == ("abcd", "reset"))
        }
        #expect(proxy.counts.accepted == 5)
        #expect(server.connectionCount == 4)
        try server.stop()
    }

    @Test("tells open, new and single connections apart")
    func targets() async throws {
        let server = ScriptedServer { connection in
            _ = try connection.expect("?")
            try connection.send("abc")
        }
        try server.start()
        let proxy = FaultProxy(port: server.port)
        try proxy.start()
        defer { proxy.stop() }
        let flip = Fault.corrupt(.flip(at: [0], mask: 0x20), .toClient)
        func connect() async throws -> ProxyBench {
            let before = proxy.counts.accepted
            let bench = try ProxyBench(proxy: proxy, client: TestClient(proxy.url))
            #expect(try await eventually { proxy.counts.accepted == before + 1 })
            return bench
        }
        func answer(_ bench: ProxyBench) throws -> String {
            try bench.client.send(bytes("?"))
            return bench.readToEnd().text
        }
        let first = try await connect()
        let second = try await connect()
        proxy.apply(flip, to: .connection(index: 1))
        #expect(try answer(first) == "abc")
        #expect(try answer(second) == "Abc")
        let third = try await connect()
        proxy.apply(flip, to: .new)
        #expect(try answer(third) == "abc")
        #expect(try answer(try await connect()) == "Abc")
        proxy.resume()
        let fifth = try await connect()
        proxy.apply(flip, to: .open)
        #expect(try answer(fifth) == "Abc")
        #expect(try answer(try await connect()) == "abc")
        try server.stop()
    }
}
