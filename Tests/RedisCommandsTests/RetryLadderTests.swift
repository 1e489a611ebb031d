import RedisCommands
import TestSupport
import Testing

@Suite("Whether a command is tried again", .tags(.unit))
struct RetryLadderTests {
    private let start = ContinuousClock.now

    private func ladder(
        _ limit: RedisRetryPolicy.Limit = .never,
        waits: Bool = true,
        findsPrimary: Bool = false,
        deadline: Duration? = nil
    ) -> RetryLadder {
        let endpoint = RedisEndpoint.tcp(host: "h", port: 1)
        var configuration = RedisConfiguration(endpoint: endpoint)
        configuration.commands.retry.limit = limit
        configuration.commands.whileDisconnected = waits ? .wait : .fail
        if findsPrimary { configuration.sentinel = RedisSentinelConfiguration(sentinels: [endpoint], name: "main") }
        return RetryLadder(configuration, deadline: deadline.map { start.advanced(by: $0) })
    }

    private static let lost = RedisError(.connectionLost, "lost")

    private static func refused(_ line: String) -> RedisError {
        RedisError.server(line, at: nil, .command).with(.notExecuted)
    }

    private static let classes: [RedisCommandClass] = [.readOnly, .checked, .lastWriteWins, .accumulating, .admin]

    @Test("is decided by its class and the policy, when it may have run")
    func classes() {
        let admitted: [RedisRetryPolicy.Limit: [RedisCommandClass]] = [
            .never: [], .readOnly: [.readOnly], .checked: [.readOnly, .checked],
            .lastWriteWins: [.readOnly, .checked, .lastWriteWins],
        ]
        for limit in RedisRetryPolicy.Limit.allCases {
            for kind in Self.classes {
                var ladder = ladder(limit)
                let pauses = (0..<4).map { _ in
                    ladder.pause(after: Self.lost.with(.unknown), of: kind, at: start, random: 1)
                }
                // Three attempts are two pauses.
                let isAdmitted = admitted[limit]?.contains(kind) == true
                let first: [Duration?] = isAdmitted ? [.milliseconds(8), .milliseconds(16)] : [nil, nil]
                let expected = first + [nil, nil]
                #expect(pauses == expected, "\(limit) \(kind)")
            }
        }
    }

    @Test("is nothing that a policy admits, when it has run, or when its time is over")
    func never() {
        for error in [
            Self.lost.with(.executed), RedisError(.timedOut, "late").with(.unknown),
            RedisError(.cancelled, "cancelled").with(.unknown), RedisError(.closed, "closed").with(.unknown),
            RedisError(.closed, "closed").with(.notExecuted), RedisError(.timedOut, "late").with(.notExecuted),
            RedisError(.limitExceeded, "full").with(.notExecuted), Self.refused("ERR no"), Self.refused("OOM no"),
            Self.refused("MOVED 1 a:1"), Self.refused("READONLY no"), Self.refused("ERR no").with(.unknown),
        ] {
            var ladder = ladder(.lastWriteWins)
            #expect(ladder.pause(after: error, of: .readOnly, at: start, random: 0) == nil, "\(error)")
        }
    }

    @Test("follows a refusal after an attempt that may have run, as far as the policy admits the class")
    func refusedLater() {
        let refused = Self.refused("LOADING x").with(.unknown)
        for (kind, isAdmitted) in zip(Self.classes, [true, true, true, false, false]) {
            var ladder = ladder(.lastWriteWins)
            let pauses = (0..<4).map { _ in ladder.pause(after: refused, of: kind, at: start, random: 1) }
            let expected: [Duration?] = [8, 16, 32, 64].map { isAdmitted ? .milliseconds($0) : nil }
            #expect(pauses == expected, "\(kind)")
        }
    }

    @Test("is certain for what did not run, of every class and under every policy, until the deadline")
    func refusals() {
        for line in ["LOADING x", "BUSY x", "MASTERDOWN x", "CLUSTERDOWN x", "TRYAGAIN x"] {
            for kind in Self.classes {
                var ladder = ladder(.never)
                for _ in 0..<100 {
                    #expect(ladder.pause(after: Self.refused(line), of: kind, at: start, random: 0.5) != nil)
                }
            }
        }
        let unsent = Self.lost.with(.notExecuted)
        var patient = ladder(.never)
        #expect(patient.pause(after: unsent, of: .admin, at: start, random: 0) == .zero)
        var impatient = ladder(.lastWriteWins, waits: false)
        #expect(impatient.pause(after: unsent, of: .readOnly, at: start, random: 0) == nil)
        var searching = ladder(.never, findsPrimary: true)
        #expect(searching.pause(after: Self.refused("READONLY x"), of: .admin, at: start, random: 0) == .zero)
    }

    @Test("comes after a pause anywhere between nothing and twice the longest one before")
    func jitter() {
        var longest = ladder()
        var half = ladder()
        var shortest = ladder()
        for count in 0..<12 {
            let error = Self.refused("LOADING x")
            let bound = Duration.milliseconds(min(8 << count, 512))
            #expect(longest.pause(after: error, of: .admin, at: start, random: 1) == bound)
            #expect(half.pause(after: error, of: .admin, at: start, random: 0.5) == bound / 2)
            #expect(shortest.pause(after: error, of: .admin, at: start, random: 0) == .zero)
        }
    }

    @Test("ends at the deadline, also when the pause alone would reach it")
    func deadline() {
        let error = Self.refused("LOADING x")
        for (now, isTried) in [(0, true), (91, true), (92, false), (93, false), (100, false), (200, false)] {
            var ladder = ladder(deadline: .milliseconds(100))
            let time = start.advanced(by: .milliseconds(now))
            #expect((ladder.pause(after: error, of: .admin, at: time, random: 1) != nil) == isTried, "\(now)")
        }
    }

    @Test("counts the most attempts of any command, for commands that are sent together")
    func together() {
        var whole = ladder(.readOnly)
        for attempt in 0..<3 {
            var next = whole
            var lost = whole
            var refused = whole
            let pause = lost.pause(after: Self.lost.with(.unknown), of: .readOnly, at: start, random: 1)
            #expect((pause == nil) == (attempt == 2))
            next.merge(lost)
            // Another command of the batch was refused, which has no limit.
            #expect(refused.pause(after: Self.refused("LOADING x"), of: .admin, at: start, random: 1) != nil)
            next.merge(refused)
            whole = next
        }
    }
}
