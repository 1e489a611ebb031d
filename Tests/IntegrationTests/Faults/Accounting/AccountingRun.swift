import RedisEvents
import RedisReactor
import RedisTesting
import Testing

/// A run of faults over a reader of numbered messages, and the account at its end.
struct AccountingRun {
    /// The everyday number of faults, unless the environment asks for the soak.
    static func faultCount(_ everyday: Int) -> Int { environment("REDIS_EVENTS_SOAK") == "1" ? 300 : everyday }

    /// The seed: that of the environment, or a new one.
    static var seed: UInt64 { environment("REDIS_EVENTS_SEED").flatMap { UInt64($0) } ?? .random(in: .min ... .max) }

    let name: String
    let server: RedisServer
    let proxy: FaultProxy
    let publisher: NumberedPublisher
    let ledger = Ledger()

    /// A link that finds silence fast and comes back fast, through the proxy.
    func configuration(_ version: RedisConfiguration.ProtocolVersion) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: proxy.url)
        configuration.protocolVersion = version
        configuration.heartbeat = .milliseconds(100)
        configuration.heartbeatTimeout = .milliseconds(400)
        configuration.handshakeTimeout = .milliseconds(500)
        configuration.reconnect.minimumDelay = .milliseconds(5)
        configuration.reconnect.maximumDelay = .milliseconds(50)
        return configuration
    }

    /// Publishes, brings the faults, one at a time, and waits after each until numbers come again.
    ///
    /// - Parameters:
    ///   - count: The number of faults.
    ///   - kill: Has the server close the reader's connection.
    /// - Throws: What the servers of the test throw.
    func run(_ count: Int, kill: () throws -> Void) async throws {
        let seed = Self.seed
        print("accounting of \(name): \(count) faults, REDIS_EVENTS_SEED=\(seed)")
        let thread = try publisher.start()
        var past: [String] = []
        for fault in TestFault.list(count, seed: seed) {
            past.append("\(fault)")
            try await bring(fault, kill)
            try #require(
                try await goesOn(),
                "seed \(seed): nothing comes after \(past.count) faults: \(past.suffix(5))"
            )
        }
        // A cut that waits for its byte shall not come after the last number.
        proxy.resume()
        #expect(try await goesOn())
        publisher.stop()
        #expect(try await eventually { thread.hasEnded })
        let published = publisher.published
        let isComplete = try await eventually(within: .seconds(30)) {
            published.allSatisfy { stream, facts in
                ledger.isSettled(stream, (1...facts.last).last { !facts.uncertain.contains($0) } ?? 0)
            }
        }
        #expect(isComplete, "seed \(seed): the last numbers did not come")
        let entries = ledger.entries
        let complaints = Array(NumberAccount.complaints(entries, published).prefix(10))
        #expect(complaints == [], "seed \(seed), faults: \(past)")
        print("accounting of \(name): \(summary(entries, published))")
    }

    /// Waits until numbers arrive that are published from now on.
    private func goesOn() async throws -> Bool {
        let mark = publisher.last
        return try await eventually(within: .seconds(30)) { mark.allSatisfy { ledger.last($0) > $1 } }
    }

    private func bring(_ fault: TestFault, _ kill: () throws -> Void) async throws {
        switch fault {
        case .proxy(let entry): try await proxy.carryOut(entry)
        case .killClient: try kill()
        case .restart: try await server.restart()
        case .crash:
            server.kill()
            try await server.restart()
        case .slowReader(let duration): ledger.slowDown(duration)
        }
    }

    private func summary(_ entries: [Ledger.Entry], _ published: [String: NumberAccount.Stream]) -> String {
        var delivered = 0
        var gaps = 0
        var dropped = 0
        for entry in entries {
            switch entry {
            case .number: delivered += 1
            case .gap: gaps += 1
            case .drop(let count): dropped += count
            }
        }
        let sent = published.values.reduce(0) { $0 + $1.last }
        let uncertain = published.values.reduce(0) { $0 + $1.uncertain.count }
        return "\(sent) published (\(uncertain) uncertain), \(delivered) delivered, \(gaps) gaps, \(dropped) dropped"
    }
}
