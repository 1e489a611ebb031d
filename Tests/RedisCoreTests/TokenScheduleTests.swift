import RedisCore
import TestSupport
import Testing

@Suite("When a token is renewed", .tags(.unit))
struct TokenScheduleTests {
    struct Case: Sendable {
        var ratio: Double
        var bound: Duration
        /// The token's life, and how much of it is over, in seconds.
        var life: Int64
        var age: Int64
        var after: Duration?
    }

    private static let retryDelay = Duration.milliseconds(250)

    @Test(
        "is when the ratio's part of its life is over, or the bound is left, whichever is first",
        arguments: [
            Case(ratio: 0.9, bound: .zero, life: 100, age: 0, after: .seconds(90)),
            Case(ratio: 0.28, bound: .zero, life: 100, age: 0, after: .seconds(28)),
            Case(ratio: 0.8, bound: .seconds(30), life: 100, age: 0, after: .seconds(70)),
            Case(ratio: 0.8, bound: .seconds(10), life: 100, age: 0, after: .seconds(80)),
            // The life counts from when it began, not from when it came here.
            Case(ratio: 0.8, bound: .zero, life: 100, age: 50, after: .seconds(30)),
            Case(ratio: 1, bound: .zero, life: 100, age: 0, after: .seconds(100)),
            // Due already: soon, but not at once for ever.
            Case(ratio: 0.8, bound: .zero, life: 100, age: 80, after: retryDelay),
            Case(ratio: 0.8, bound: .zero, life: 100, age: 95, after: retryDelay),
            Case(ratio: 0.8, bound: .seconds(200), life: 100, age: 0, after: retryDelay),
        ]
    )
    func delay(_ example: Case) throws {
        let policy = RedisTokenPolicy(
            expirationRefreshRatio: example.ratio,
            lowerRefreshBound: example.bound,
            retryDelay: Self.retryDelay
        )
        var schedule = TokenSchedule(policy)
        let begin = RedisTimestamp(microseconds: 1_795_219_143_000_000)
        let token = RedisAccessToken(
            "x",
            expiresAt: RedisTimestamp(microseconds: begin.microseconds + example.life * 1_000_000),
            receivedAt: begin
        )
        let now = RedisTimestamp(microseconds: begin.microseconds + example.age * 1_000_000)
        let planned = schedule.received(token, at: now)
        let difference = try #require(planned) - #require(example.after)
        #expect(difference < .milliseconds(1) && difference > .milliseconds(-1))
    }

    @Test("is never for one that does not expire")
    func never() {
        var schedule = TokenSchedule(RedisTokenPolicy())
        let delay = schedule.received(RedisAccessToken("x", expiresAt: nil), at: .now())
        #expect(delay == nil)
    }

    @Test("repeats a failed request with a delay, tells when the retries are over, and goes on")
    func failures() {
        var schedule = TokenSchedule(RedisTokenPolicy(retries: 2, retryDelay: .seconds(20)))
        let answers = (0..<5).map { _ in schedule.failed() }
        #expect(answers.map(\.after) == [20, 20, 40, 60, 60].map { .seconds($0) })
        #expect(answers.map(\.isTold) == [false, false, true, true, true])
        // The next token has all retries again.
        _ = schedule.received(RedisAccessToken("x", lifetime: .seconds(10)), at: .now())
        let next = (0..<3).map { _ in schedule.failed() }
        #expect(next.map(\.after) == [20, 20, 40].map { .seconds($0) })
        #expect(next.map(\.isTold) == [false, false, true])
    }
}
