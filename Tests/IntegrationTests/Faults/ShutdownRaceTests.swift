import Glibc
import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Ends that meet something else. Required: no leak, and each continuation
/// resumed exactly once (a second resume, or none, would crash or hang these tests).
///
/// Asserted elsewhere (`LifeTests`): stop and close from handlers and threads, close while a server takes the
/// connection and says nothing, cancellation at each await, letting go.
@Suite("Shutdown races", .tags(.server), .serialized, .timeLimit(.minutes(3)))
struct ShutdownRaceTests {
    /// Runs `body` many times and checks that the later rounds left nothing behind.
    private func leavesNothing(rounds: Int, _ body: (Int) async throws -> Void) async throws {
        for round in 0..<rounds / 3 { try await body(round) }
        let descriptors = ResourceCount.openFileDescriptors()
        let threads = ResourceCount.threads()
        for round in rounds / 3..<rounds { try await body(round) }
        #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
        #expect(try await eventually(within: .seconds(20)) { ResourceCount.threads() <= threads })
    }

    @Test(
        "a close ends a connect that stalls at any byte of the handshake or of the first confirmation",
        arguments: bothProtocols
    )
    func closeInStall(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(RedisServerOptions(password: "secret")) { server in
            try await leavesNothing(rounds: 60) { round in
                // As many bytes of the server's answers as come through: into HELLO with AUTH, CLIENT SETINFO,
                // SUBSCRIBE.
                let script = FaultScript([.pass(bytes: round * 3 % 200, .toClient), .fault(.stall(.both))])
                try await withFaultProxy(to: server, script: script) { proxy in
                    let pubsub = try PubSub(proxy.configuration(version))
                    let subscribing = Task { try await pubsub.subscribe("foo") }
                    let reading = Task { for try await _ in pubsub.events {} }
                    let pinging = Task { try await pubsub.ping() }
                    #expect(try await eventually { proxy.counts.accepted >= 1 })
                    if round % 2 == 0 { try await Task.sleep(for: .milliseconds(round % 7)) }
                    if round % 3 == 0 {
                        subscribing.cancel()
                        pinging.cancel()
                    }
                    async let first: Void = pubsub.close()
                    await pubsub.close()
                    await first
                    for result in [
                        await subscribing.joinedResult.map { _ in () }, await pinging.joinedResult.map { _ in () },
                    ] {
                        guard case .failure(let error) = result else { continue }
                        let code = (error as? RedisError)?.code
                        #expect(code == .closed || code == .cancelled || code == .connectionLost, "\(error)")
                    }
                    try await reading.joined
                    #expect(try await eventually { proxy.counts.open == 0 || proxy.counts.accepted == 1 })
                }
            }
            #expect(try await eventually { try server.info("clients", "connected_clients") == 1 })
        }
    }

    @Test("a close ends the wait between attempts, and one that is refused or dropped")
    func closeInOutage() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                try await leavesNothing(rounds: 30) { round in
                    let pubsub = try PubSub(proxy.configuration())
                    let monitor = try Monitor(proxy.configuration())
                    try await pubsub.subscribe("foo")
                    try await monitor.start()
                    if round % 2 == 0 { proxy.refuse() } else { proxy.closeNew(.reset) }
                    proxy.cutAll(.reset)
                    _ = try await pubsub.nextLoss()
                    let waiting = Task { try await pubsub.subscribe("bar") }
                    let watching = Task { for try await _ in monitor.events {} }
                    try await Task.sleep(for: .milliseconds(round % 10))
                    await pubsub.close()
                    await monitor.close()
                    let error = await #expect(throws: RedisError.self) { try await waiting.joined }
                    #expect(error?.code == .closed)
                    try await watching.joined
                    try proxy.accept()
                }
            }
        }
    }

    @Test("a drain while the link is down delivers what is queued, and ends at its deadline")
    func drainInOutage() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(proxy.configuration(), ignoreSubscribeMessages: true)
                try await pubsub.subscribe("foo")
                for number in 0..<5 { try server.publish("foo", RedisBytes("\(number)")) }
                #expect(try await eventually { pubsub.statistics.queuedEvents == 6 })
                proxy.refuse()
                proxy.cutAll(.reset)
                #expect(try await eventually { pubsub.statistics.queuedEvents > 6 })
                // Nobody reads: the deadline ends it.
                let unread = try PubSub(proxy.configuration())
                let start = ContinuousClock.now
                let draining = Task { await pubsub.drain(deadline: .seconds(20)) }
                let taken = try await pubsub.take(8, skipping: ["retrying"])
                // What was missed until the end has its record.
                #expect(taken == (0..<5).map { "message foo \($0)" } + ["lost", "gap so far", "closed"])
                #expect(await draining.joined)
                #expect(start.duration(to: .now) < .seconds(10))
                try proxy.accept()
                try await unread.subscribe("foo")
                try server.publish("foo", "x")
                #expect(try await eventually { unread.statistics.queuedEvents == 2 })
                #expect(await unread.drain(deadline: .milliseconds(50)) == false)
                guard case .closed = try await unread.getMessage() else { return #expect(Bool(false)) }
            }
        }
    }

    @Test("a close from inside a handler of each kind ends everything", arguments: ["calling", "awaiting", "inline"])
    func closeInHandler(_ kind: String) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                try await leavesNothing(rounds: 12) { _ in
                    let pubsub = try PubSub(proxy.configuration())
                    let isCalled = Locked(false)
                    let handler: PubSub.Handler =
                        switch kind {
                        case "calling":
                            .calling { [unowned pubsub] _ in
                                isCalled.withLock { $0 = true }
                                pubsub.blocking.close()
                            }
                        case "awaiting":
                            .awaiting { [unowned pubsub] _ in
                                isCalled.withLock { $0 = true }
                                await pubsub.close()
                            }
                        default:
                            .inline { [unowned pubsub] _ in
                                isCalled.withLock { $0 = true }
                                pubsub.blocking.close()
                            }
                        }
                    try await pubsub.subscribe("foo", handler: handler)
                    let reading = Task { for try await _ in pubsub.events {} }
                    // Several in one read: those behind the close are nobody's.
                    try server.command("EVAL", "for i = 1, 3 do redis.call('PUBLISH', 'foo', i) end", "0")
                    #expect(try await eventually { isCalled.withLock { $0 } })
                    try await reading.joined
                    #expect(try await eventually { try server.publish("foo", "x") == 0 })
                    await pubsub.close()
                }
            }
        }
    }

    /// Lets this process open no more sockets while `body` runs. All descriptors below `first` are in use, and those
    /// from there on are the last below the limit, which sockets leave to the rest of the process
    /// (`DescriptorReserve`): also those that are closed meanwhile.
    private func withoutDescriptors(from first: Int32, _ body: () async throws -> Void) async throws {
        var limit = rlimit()
        unsafe #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let old = limit
        limit.rlim_cur = rlim_t(first) + 8
        unsafe #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        func giveBack() {
            var old = old
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &old)
        }
        defer { giveBack() }
        try await body()
    }

    @Test("without descriptors a first connect fails with the reason, an outage goes on until there are some again")
    func descriptorsExhausted() async throws {
        try await withRedisServer { server in
            // New descriptors get the lowest free number. That of the link is to be behind all others.
            let taken = (0..<64).map { _ in dup(0) }
            defer { for number in taken { Glibc.close(number) } }
            let first = dup(0)
            Glibc.close(first)
            var configuration = try server.configuration()
            configuration.reconnect.maximumDelay = .milliseconds(100)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            let late = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            try await withoutDescriptors(from: first) {
                let error = await #expect(throws: RedisError.self) { try await late.subscribe("bar") }
                #expect(error?.description.hasSuffix("Too many open files") == true, "\(String(describing: error))")
                await pubsub.cut()
                var seen: [String] = []
                while seen.count(where: { $0 == "retrying" }) < 3 {
                    guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) else { break }
                    seen.append(words(event))
                    if case .link(.retrying(let error, _)) = event {
                        #expect(error.description.hasSuffix("Too many open files"), "\(error)")
                    }
                }
                #expect(seen == ["lost", "retrying", "retrying", "retrying"])
            }
            #expect(try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"])
            #expect(try await late.subscribe("bar").map(\.count) == [1])
            await pubsub.close()
            await late.close()
        }
    }

    @Test("writing to a connection that was reset raises no SIGPIPE")
    func sigpipe() async throws {
        // As a program has it that never heard of the signal: it ends the process.
        let old = signal(SIGPIPE, SIG_DFL)
        defer { _ = signal(SIGPIPE, old) }
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(proxy.configuration(), ignoreSubscribeMessages: true)
                let rounds = Locked(0)
                // On the loop: what is asked for here is written before the loop can see that the connection has ended,
                // and was reset after that, which is when the system sends the signal.
                try await pubsub.subscribe(
                    "foo",
                    handler: .inline { [unowned pubsub] _ in
                        proxy.cutAll(.finish)
                        proxy.cutAll(.reset)
                        _ = pubsub.startSubscribe(.channel, ["bar"], nil)
                        rounds.withLock { $0 += 1 }
                    }
                )
                for round in 1...20 {
                    #expect(try await eventually { try server.publish("foo", "x") == 1 })
                    #expect(try await eventually { rounds.withLock { $0 } >= round })
                    let cause = try #require(try await pubsub.nextLoss())
                    #expect([.endOfStream, .systemError].contains(cause.reason))
                    #expect(try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"])
                }
                await pubsub.close()
            }
        }
    }
}
