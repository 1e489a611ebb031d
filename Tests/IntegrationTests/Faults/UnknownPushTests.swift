import RedisCore
import RedisEvents
import RedisRESP
import RedisTesting
import TestSupport
import Testing

/// A server that sends pushes of its own kinds, to somebody who reads nothing. What they hold is what is counted, and
/// there is little of it.
@Suite("Pushes of unknown kinds", .tags(.server, .once), .serialized, .timeLimit(.minutes(2)))
struct UnknownPushTests {
    /// Large ones, and such as are nothing but many small values.
    enum Flood: CaseIterable {
        case large, manyValues

        var push: [UInt8] {
            switch self {
            case .large:
                Array(">2\r\n$4\r\nnews\r\n$1000000\r\n".utf8) + [UInt8](repeating: 0x78, count: 1_000_000) + [
                    0x0d, 0x0a,
                ]
            case .manyValues: Array((">2\r\n$4\r\nnews\r\n*1000\r\n" + String(repeating: ":1\r\n", count: 1000)).utf8)
            }
        }

        /// They would hold some 200 MB.
        var count: Int { self == .large ? 200 : 4000 }

        /// How many of them a buffer takes.
        var kept: Int { self == .large ? 1 : 9 }
    }

    /// A fraction of what they would hold.
    private static let mostGrowth = 30 << 20

    private func send(_ flood: Flood, _ connection: ScriptedConnection) throws {
        let push = flood.push
        for _ in 0..<flood.count { try connection.send(push) }
    }

    private func check(_ statistics: RedisDeliveryStatistics, _ flood: Flood, since memory: Int) {
        #expect(statistics.queuedBytes <= (1 << 20) + 10_000, "\(statistics.queuedBytes)")
        #expect(statistics.queuedBytes >= flood.kept * flood.push.count)
        let growth = ResourceCount.residentBytes() - memory
        #expect(growth < Self.mostGrowth, "\(growth) bytes more")
    }

    @Test("cost a subscriber no more than its limit for them, and no message", arguments: Flood.allCases)
    func subscriber(_ flood: Flood) async throws {
        try await withScriptedServer(timeout: .seconds(30)) { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            try connection.send(">3\r\n$7\r\nmessage\r\n$1\r\nb\r\n$1\r\n1\r\n")
            try send(flood, connection)
            try connection.send(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n2\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url), buffer: RedisBufferLimit(events: 20), ignoreSubscribeMessages: true)
            let isOver = Locked(false)
            let memory = ResourceCount.residentBytes()
            try await pubsub.subscribe("a", handler: .inline { _ in isOver.withLock { $0 = true } })
            #expect(try await eventually(within: .seconds(60)) { isOver.withLock { $0 } })
            #expect(
                try await eventually {
                    pubsub.statistics.queuedEvents + pubsub.statistics.droppedEvents == flood.count + 2
                }
            )
            #expect(pubsub.statistics.droppedEvents == flood.count - flood.kept)
            check(pubsub.statistics, flood, since: memory)
            let found = try await pubsub.take(2 + flood.kept)
            #expect(
                found == ["message b 1"] + Array(repeating: "push", count: flood.kept) + [
                    "drop \(flood.count - flood.kept)"
                ],
                "\(found)"
            )
            await pubsub.close()
        }
    }

    @Test("cost a watch of keys no more than its limit for them", arguments: Flood.allCases)
    func keys(_ flood: Flood) async throws {
        try await withScriptedServer(timeout: .seconds(30)) { connection in
            var command = try connection.answerHandshake(protocolVersion: 3)
            guard command[0] == Array("PSUBSCRIBE".utf8) else {
                // The look at the setting is refused.
                while (try? connection.send("-NOPERM no\r\n")) != nil, let next = try? connection.readCommand() {
                    command = next
                }
                return
            }
            let name = String(decoding: command[1], as: UTF8.self)
            try connection.send(">3\r\n$10\r\npsubscribe\r\n$\(name.utf8.count)\r\n\(name)\r\n:1\r\n")
            try send(flood, connection)
            _ = try connection.waitForClose()
        } client: { url in
            let keys = try KeyspaceEvents(scripted(url), keys: ["*"])
            let memory = ResourceCount.residentBytes()
            try await keys.start()
            #expect(
                try await eventually(within: .seconds(60)) { keys.statistics.droppedEvents == flood.count - flood.kept }
            )
            check(keys.statistics, flood, since: memory)
            var (pushes, dropped) = (0, 0)
            while dropped < flood.count - flood.kept,
                case .event(let event) = try await keys.next(timeout: .seconds(10))
            {
                switch event {
                case .push: pushes += 1
                case .drop(let drop): dropped += drop.count
                // The look at the setting is refused somewhere among them.
                default: #expect(words(event) == "unverified notPermitted")
                }
            }
            #expect(pushes == flood.kept && dropped == flood.count - flood.kept)
            await keys.close()
        }
    }

    @Test("cost a watch of invalidations no more than its limit for them", arguments: Flood.allCases)
    func invalidations(_ flood: Flood) async throws {
        try await withScriptedServer(timeout: .seconds(30)) { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("+OK\r\n")
            try send(flood, connection)
            _ = try connection.waitForClose()
        } client: { url in
            let invalidations = try Invalidations(scripted(url))
            let memory = ResourceCount.residentBytes()
            try await invalidations.start()
            #expect(
                try await eventually(within: .seconds(60)) {
                    invalidations.statistics.droppedEvents == flood.count - flood.kept
                }
            )
            check(invalidations.statistics, flood, since: memory)
            let found = try await invalidations.take(flood.kept + 1)
            let drop = "flush: dropped \(flood.count - flood.kept)"
            #expect(found == Array(repeating: "push news", count: flood.kept) + [drop])
            await invalidations.close()
        }
    }
}
