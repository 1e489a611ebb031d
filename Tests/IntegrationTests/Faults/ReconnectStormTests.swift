import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// A server that comes and goes, and everyone who comes back to it.
///
/// Asserted elsewhere: a first connect that is refused and waited for (`ReconnectTests.initialPatience`), one that is
/// not (`firstConnect`), a hundred thousand names of one link restored in batches (`manyNames`). The name of the host
/// is looked up at each attempt (`Session.open`), so that a new address is found.
@Suite("Storms of reconnects", .tags(.server, .once, .slow), .serialized, .timeLimit(.minutes(5)))
struct ReconnectStormTests {
    @Test("a thousand reconnects leave no descriptor, no thread and no memory")
    func thousandReconnects() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try proxy.configuration()
                configuration.reconnect.minimumDelay = .milliseconds(1)
                configuration.reconnect.maximumDelay = .milliseconds(1)
                let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
                try await pubsub.subscribe(.channel, (0..<20).map { RedisBytes("channel:\($0)") })
                try await pubsub.psubscribe("pattern*")
                func reconnect(_ count: Int) async throws {
                    for number in 0..<count {
                        proxy.cutAll(number % 2 == 0 ? .finish : .reset)
                        let events = try await pubsub.take(3, skipping: ["retrying"])
                        try #require(events == ["lost", "restored", "gap"])
                    }
                }
                try await reconnect(200)
                #expect(try await eventually { proxy.counts.open == 1 })
                let descriptors = ResourceCount.openFileDescriptors()
                let threads = ResourceCount.threads()
                let memory = ResourceCount.residentBytes()
                try await reconnect(1000)
                #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
                #expect(try await eventually { ResourceCount.threads() <= threads })
                // A kilobyte a reconnect would be a megabyte; pages come and go all the same.
                let growth = ResourceCount.residentBytes() - memory
                #expect(growth < 1 << 20, "\(growth) bytes more")
                #expect(proxy.counts.accepted == 1201)
                #expect(try server.publish("channel:7", "x") == 1)
                #expect(try await pubsub.take(1) == ["message channel:7 x"])
                await pubsub.close()
            }
        }
    }

    private static let channelsEach = 100

    /// Subscriptions behind one proxy.
    private func subscribe(_ clients: Int, _ proxy: FaultProxy, _ log: FlapLog) async throws -> [PubSub] {
        var configuration = try proxy.configuration()
        configuration.reconnect.minimumDelay = .seconds(1)
        configuration.reconnect.maximumDelay = .seconds(1)
        configuration.connectTimeout = .seconds(30)
        configuration.handshakeTimeout = .seconds(30)
        var all: [PubSub] = []
        for _ in 0..<clients { all.append(try PubSub(configuration, sink: FlapSink(log))) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, pubsub) in all.enumerated() {
                let names = (0..<Self.channelsEach).map { RedisBytes("channel:\(index):\($0)") }
                group.addTask { try await pubsub.subscribe(.channel, names) }
            }
            try await group.waitForAll()
        }
        return all
    }

    /// When each of so many connections has arrived at the proxy, looked at every few milliseconds.
    private func arrivals(_ proxy: FaultProxy, count: Int) async throws -> [Duration] {
        let start = ContinuousClock.now
        var times: [Duration] = []
        var seen = proxy.counts.accepted
        while times.count < count, case let time = start.duration(to: .now), time < .seconds(30) {
            let accepted = proxy.counts.accepted
            times += Array(repeating: time, count: accepted - seen)
            seen = accepted
            try await Task.sleep(for: .milliseconds(5))
        }
        return times
    }

    @Test("hundreds of subscriptions of a hundred channels each survive a server that flaps each second")
    func flapping() async throws {
        // What the process makes once and keeps is made now.
        try await flap(clients: 10, flaps: 1)
        let descriptors = ResourceCount.openFileDescriptors()
        let threads = ResourceCount.threads()
        try await flap(clients: isSoak ? 1000 : 300, flaps: isSoak ? 10 : 4)
        #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
        #expect(try await eventually(within: .seconds(20)) { ResourceCount.threads() <= threads })
    }

    private func flap(clients: Int, flaps: Int) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let log = FlapLog()
                let all = try await subscribe(clients, proxy, log)
                let channels = clients * Self.channelsEach
                #expect(try server.info("stats", "pubsub_channels") == channels)

                // Jitter, to be seen where they arrive: all lost their links at once, and without it all would come
                // back at once, after a second.
                proxy.cutAll(.reset)
                let times = try await arrivals(proxy, count: clients)
                try #require(times.count >= clients)
                #expect(log.losses >= clients)
                if clients >= 300 {
                    // By each other and not by the clock: how soon the first come is also the machine's affair.
                    let first = times[clients / 2] - times[clients / 20]
                    #expect(first > .milliseconds(100), "the first twentieth of them come \(first) before the half")
                    #expect(spread(times) > .milliseconds(300))
                }

                for flap in 0..<flaps {
                    proxy.refuse()
                    proxy.cutAll(flap % 2 == 0 ? .finish : .reset)
                    try await Task.sleep(for: .milliseconds(600))
                    try proxy.accept()
                    try await Task.sleep(for: .milliseconds(400))
                }
                let isRestored = try await eventually(within: .seconds(60)) {
                    try server.info("stats", "pubsub_channels") == channels
                }
                #expect(isRestored)
                #expect(try await eventually { proxy.counts.open == clients })
                // Those who were refused drew delays of their own: none shorter than half a second, none longer than
                // one.
                let delays = log.delays.sorted()
                #expect(delays.first ?? .seconds(1) >= .milliseconds(500))
                #expect(delays.last ?? .zero <= .seconds(1))
                if clients >= 300 { #expect(spread(delays) > .milliseconds(400)) }
                // Nobody was left out, nobody is subscribed twice, and each outage has its record.
                #expect(try await eventually { log.openOutages == 0 })
                #expect(log.losses > clients)
                #expect(log.gaps >= clients)
                for index in [0, clients / 2, clients - 1] {
                    #expect(try server.publish(RedisBytes("channel:\(index):99"), "x") == 1)
                }
                #expect(try await eventually { log.messages == 3 })
                for pubsub in all { await pubsub.close() }
                #expect(try await eventually { proxy.counts.open == 0 })
            }
        }
    }

    /// How far the times, which are sorted, lie apart, the first and the last twentieth left out.
    private func spread(_ times: [Duration]) -> Duration {
        times.isEmpty ? .zero : times[times.count * 95 / 100] - times[times.count * 5 / 100]
    }
}
