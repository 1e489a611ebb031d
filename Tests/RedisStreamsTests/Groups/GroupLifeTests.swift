import RedisCore
import RedisReactor
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("The start and the end of a group beside each other", .tags(.server), .timeLimit(.minutes(2)))
struct GroupLifeTests {
    /// Asks a group to start, whose server does not answer yet.
    private func starts(_ group: StreamGroup, _ count: Int) async -> [Promise<Void>] {
        // Somebody reads, so that there is room for entries.
        _ = group.events
        let promises = (0..<count).map { _ in Promise<Void>() }
        for promise in promises { group.requestStart(promise) }
        // The request has been sent once the loop has come round.
        for _ in 0..<3 {
            let turn = Promise<Void>()
            group.loop.execute { turn.complete(.success(())) }
            _ = await turn.result()
        }
        return promises
    }

    private func reads(_ server: RedisServer) throws -> Bool {
        try server.command("INFO", "commandstats").contains("cmdstat_xreadgroup:")
    }

    @Test("answers everybody who asks for the start while it goes on")
    func starts() async throws {
        try await withClient { server, client in
            try await client.ping()
            let group = try StreamGroup("s", group: "g", on: client)
            try server.pause()
            let answered = Collector<Bool>()
            for promise in await starts(group, 3) {
                Task { answered.add((try? await promise.result().get()) != nil) }
            }
            try server.resume()
            #expect(try await eventually { answered.all == [true, true, true] })
            await group.close()
        }
    }

    @Test("stays closed, and drained, when that was asked for during the start", arguments: [false, true])
    func ends(_ drains: Bool) async throws {
        try await withClient { server, client in
            try await client.ping()
            let group = try StreamGroup("s", group: "g", on: client)
            try server.pause()
            let promise = try #require(await starts(group, 1).first)
            let ending = Task {
                if drains {
                    #expect(await group.drain(within: .seconds(10)))
                } else {
                    await group.close()
                }
            }
            // It has been noted.
            guard case .failure(let error) = await promise.result() else {
                Issue.record("it has started")
                return
            }
            #expect(error.code == .closed)
            try server.resume()
            let began = ContinuousClock.now
            await ending.joined
            #expect(began.duration(to: .now) < .seconds(8))
            #expect(try !reads(server))
            #expect(try server.command("XINFO", "CONSUMERS", "s", "g").isEmpty)
        }
    }

    @Test("ends a drain at its deadline, and cancels the handlers, though the server does not answer", .tags(.slow))
    func deadline() async throws {
        try await withClient { configuration in
            configuration.commands.timeout = .seconds(60)
        } _: { server, client in
            let options = StreamGroupOptions()
            // With less room than streams they are asked one by one.
            let group = try StreamGroup(["a", "b"], group: "g", on: client, options: options, inOrder: true)
            let began = Locked(false)
            let ended = Locked(false)
            let run = Task {
                try await group.run(concurrency: 2) { delivery in
                    began.withLock { $0 = true }
                    try? await untilCancelled()
                    ended.withLock { $0 = true }
                }
            }
            try await client.xadd("a", ["n": "1"])
            #expect(try await eventually { began.withLock { $0 } })
            try server.pause()
            let time = ContinuousClock.now
            #expect(await group.drain(within: .milliseconds(200)) == false)
            #expect(time.duration(to: .now) < .seconds(8))
            #expect(try await eventually { ended.withLock { $0 } })
            try server.resume()
            try await run.joined
        }
    }
}
