import RedisTesting
import TestSupport
import Testing

@Suite("A schedule of faults", .tags(.unit), .timeLimit(.minutes(1)))
struct FaultScheduleTests {
    @Test("draws from the generator that its documentation names")
    func generator() {
        var generator = SeededGenerator(seed: 0)
        #expect(
            [generator.next(), generator.next(), generator.next()]
                == [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]
        )
        let numbers = (0..<1000).map { _ in generator.number(in: -2...2) }
        #expect(Set(numbers) == [-2, -1, 0, 1, 2])
    }

    @Test("is the same for the same seed, and another for another")
    func determinism() {
        #expect(Array(FaultSchedule(seed: 7).prefix(300)) == Array(FaultSchedule(seed: 7).prefix(300)))
        #expect(Array(FaultSchedule(seed: 7).prefix(10)) != Array(FaultSchedule(seed: 8).prefix(10)))
        // Written down, so that a seed in an old log still means the same.
        #expect(
            FaultSchedule(seed: 1).description
                == "seed 1: after 0.267 seconds: cut by reset and refuse for 0.435 seconds; "
                + "after 0.138 seconds: cut by finish and refuse for 0.471 seconds; "
                + "after 0.44 seconds: cut by finish and close 1 new ones; …"
        )
    }

    @Test("keeps to the kinds and times that it was given, and draws all of them")
    func ranges() {
        let entries = Array(FaultSchedule(seed: 3, pause: 10...20, length: 5...6).prefix(500))
        #expect(Set(entries.map(\.kind)) == Set(ScheduledFault.Kind.allCases))
        #expect(entries.allSatisfy { $0.pause >= .milliseconds(10) && $0.pause <= .milliseconds(20) })
        #expect(Set(entries.map(\.length)) == [.milliseconds(5), .milliseconds(6)])
        #expect(entries.allSatisfy { $0.kind != .reset || $0.cut == .reset })
        #expect(entries.allSatisfy { $0.kind != .closeNew || (1...3).contains($0.count) })
        let few = FaultSchedule(seed: 3, kinds: [.stall, .tear]).prefix(50)
        #expect(Set(few.map(\.kind)) == [.stall, .tear])
    }

    @Test("is carried out by a proxy, which serves again after each entry", arguments: ScheduledFault.Kind.allCases)
    func carryOut(_ kind: ScheduledFault.Kind) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let client = try TestClient(proxy.url)
                #expect(try await eventually { proxy.counts.open == 1 })
                let schedule = FaultSchedule(seed: 5, kinds: [kind], pause: 0...1, length: 20...40)
                let entry = try #require(schedule.first { _ in true })
                try await proxy.carryOut(entry)
                let cuts: Set<ScheduledFault.Kind> = [.finish, .reset, .refuse, .closeNew]
                if cuts.contains(kind) { #expect(proxy.counts.open == 0) }
                if kind == .tear {
                    try client.send(command: ["ECHO", String(repeating: "x", count: 1000)])
                    let seen = ProxyBench(proxy: proxy, client: client).readToEnd()
                    #expect(seen.text.utf8.count == entry.count)
                    #expect(seen.end == entry.cut.rawValue)
                }
                if kind == .closeNew {
                    for _ in 0..<entry.count { #expect(ProxyBench.outcome(proxy) == ("", entry.cut.rawValue)) }
                }
                let next = try TestClient(proxy.url)
                try next.send(command: ["PING"])
                #expect(try next.read(7) == bytes("+PONG\r\n"))
                next.close()
                client.close()
            }
        }
    }
}
