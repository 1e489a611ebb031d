import RedisCore
import TestSupport
import Testing

@Suite("What a connection decides by what has come over it", .tags(.unit))
struct ConnectionActivityTests {
    private let start = ContinuousClock.now

    private func moment(_ seconds: Double) -> Moment { Moment(at: start.advanced(by: .seconds(seconds))) }

    private func silence(_ activity: ConnectionActivity) -> Duration { start.duration(to: activity.silentSince) }

    @Test("Every whole frame ends the silence, and a frame that grows by 4,096 bytes does too")
    func progress() {
        var activity = ConnectionActivity(openedAt: moment(0))
        activity.received(10, isDrained: true, at: moment(1))
        activity.parsed(10, frameEnded: true)
        #expect(silence(activity) == .seconds(1))
        activity.received(4095, isDrained: true, at: moment(2))
        activity.parsed(4095, frameEnded: false)
        #expect(silence(activity) == .seconds(1))
        activity.received(1, isDrained: true, at: moment(3))
        activity.parsed(1, frameEnded: false)
        #expect(silence(activity) == .seconds(3))
        activity.received(1, isDrained: true, at: moment(4))
        activity.parsed(1, frameEnded: false)
        #expect(silence(activity) == .seconds(3))
    }

    @Test("A pause in reading does not count as the server's silence")
    func pause() {
        var activity = ConnectionActivity(openedAt: moment(0))
        activity.resumed(at: start.advanced(by: .seconds(5)))
        #expect(silence(activity) == .seconds(5))
    }

    @Test("The backlog is what came without the socket being drained in between")
    func backlog() {
        var activity = ConnectionActivity(openedAt: moment(0))
        #expect(!activity.hasReceived)
        activity.received(10, isDrained: false, at: moment(1))
        activity.received(20, isDrained: true, at: moment(2))
        #expect(activity.backlog == 30)
        #expect(activity.hasReceived)
        activity.received(5, isDrained: true, at: moment(3))
        #expect(activity.backlog == 5)
    }
}

@Suite("Who holds a link", .tags(.unit))
struct LinkHoldsTests {
    @Test("A link is held until the last hold is released, and a second hold of the same kind changes nothing")
    func lastHold() {
        var holds = LinkHolds()
        expect(holds.hold(.suspension), true)
        expect(holds.hold(.suspension), false)
        expect(holds.hold(.protection), true)
        expect(holds.release(.suspension), true)
        expect(holds.release(.suspension), false)
        #expect(holds.isHeld)
        expect(holds.release(.protection), true)
        #expect(!holds.isHeld)
    }

    @Test("A hold ends the attempt of now, also when it is released before anybody looks")
    func attempt() {
        var holds = LinkHolds()
        _ = holds.hold(.renewal)
        _ = holds.release(.renewal)
        #expect(holds.endedAttempt)
        holds.beginAttempt()
        #expect(!holds.endedAttempt)
    }

    @Test("A relocation is told once")
    func relocation() {
        var holds = LinkHolds()
        holds.relocate()
        let (first, second) = (holds.takeRelocation(), holds.takeRelocation())
        #expect(first)
        #expect(!second)
    }
}

@Suite("Which credentials a link gets next", .tags(.unit))
struct LinkCredentialsTests {
    private let first = RedisCredentials(password: "1")
    private let second = RedisCredentials(password: "2")
    private let third = RedisCredentials(password: "3")

    @Test("Of several that come while a change is under way, the last is next")
    func last() {
        var credentials = LinkCredentials()
        credentials.connect(with: first)
        credentials.offer(second)
        expect(credentials.begin(), second)
        credentials.offer(third)
        credentials.offer(first)
        expect(credentials.begin(), nil)
        credentials.finish(second, isAccepted: true)
        expect(credentials.begin(), first)
    }

    @Test("Credentials that the link has already, and empty ones, are not tried")
    func nothingNew() {
        var credentials = LinkCredentials()
        credentials.connect(with: first)
        credentials.offer(first)
        expect(credentials.begin(), nil)
        credentials.offer(RedisCredentials(password: ""))
        expect(credentials.begin(), nil)
    }

    @Test("The link keeps its credentials when the server refuses new ones")
    func refused() {
        var credentials = LinkCredentials()
        credentials.connect(with: first)
        credentials.offer(second)
        expect(credentials.begin(), second)
        credentials.finish(second, isAccepted: false)
        #expect(credentials.current == first)
    }

    @Test("What a provider told before it is asked is forgotten")
    func forgotten() {
        var credentials = LinkCredentials()
        credentials.offer(second)
        credentials.forgetNext()
        expect(credentials.begin(), nil)
    }

    @Test("A password that the server has no use for is told once")
    func unwanted() {
        var credentials = LinkCredentials()
        expect(credentials.passwordIsUnwanted(), nil)
        credentials.connect(with: first)
        expect(credentials.passwordIsUnwanted(), first)
        expect(credentials.passwordIsUnwanted(), nil)
        credentials.connect(with: second)
        expect(credentials.passwordIsUnwanted(), second)
    }
}

/// `#expect` cannot call what changes a value.
private func expect<Value: Equatable>(
    _ value: Value,
    _ expected: Value,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(value == expected, sourceLocation: location)
}
