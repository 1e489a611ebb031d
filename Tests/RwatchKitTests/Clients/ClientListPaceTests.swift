import RwatchKit
import TestSupport
import Testing

@Suite("How often a server is asked for its clients", .tags(.unit))
struct ClientListPaceTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(1) * seconds) }

    @Test("at once, and then once a second, while somebody wants to know")
    func least() {
        var pace = ClientListPace()
        #expect(pace.next(at: at(0)) == nil)
        #expect(pace.want(at: at(0), within: .seconds(1)) == 1)
        #expect(pace.next(at: at(0)) == 1)
        // What comes behind the question needs the next one, which is asked when this is answered.
        #expect(pace.want(at: at(0.2), within: .seconds(1)) == 2)
        #expect(pace.next(at: at(0.2)) == nil)
        #expect(pace.nextDue(at: at(0.2)) == nil)
        pace.wasAnswered(clients: 10, in: .milliseconds(1), at: at(0.3))
        #expect(pace.answered == 1)
        #expect(pace.next(at: at(0.9)) == nil)
        #expect(pace.nextDue(at: at(0.9)) == at(1))
        #expect(pace.next(at: at(1)) == 2)
        pace.wasAnswered(clients: 10, in: .milliseconds(1), at: at(1.1))
        #expect(pace.next(at: at(5)) == nil)
        #expect(pace.nextDue(at: at(5)) == nil)
    }

    @Test("more rarely the more clients there are, and the longer the answer takes")
    func backoff() {
        for (clients, time, interval) in [
            (999, Duration.milliseconds(1), Duration.seconds(1)), (12_000, .milliseconds(1), .seconds(12)),
            (10, .milliseconds(500), .seconds(10)), (50_000_000, .milliseconds(1), .seconds(300)),
        ] {
            var pace = ClientListPace()
            _ = pace.want(at: at(0), within: .zero)
            _ = pace.next(at: at(0))
            pace.wasAnswered(clients: clients, in: time, at: at(0))
            #expect(pace.interval == interval)
            // Nobody waits for what comes too late.
            #expect(pace.want(at: at(0.5), within: .seconds(1)) == (interval == .seconds(1) ? 2 : nil))
            #expect(pace.nextDue(at: at(0.5)) == start.advanced(by: interval))
        }
    }

    @Test("again after ten intervals, because an address may have another client")
    func lifetime() {
        var pace = ClientListPace()
        pace.wasAnswered(clients: 1, in: .zero, at: at(0))
        #expect(pace.isFresh(at: at(0.9)) && !pace.isFresh(at: at(1)))
        pace.use(at: at(10))
        #expect(pace.next(at: at(10)) == nil)
        pace.use(at: at(10.1))
        #expect(pace.next(at: at(10.1)) == 2)
    }

    @Test("after a failure later, and after a refusal never")
    func failures() {
        var pace = ClientListPace()
        _ = pace.want(at: at(0), within: .zero)
        _ = pace.next(at: at(0))
        pace.failed(isRefusal: false)
        #expect(pace.interval == .seconds(2))
        _ = pace.want(at: at(1), within: .zero)
        #expect(pace.next(at: at(1.9)) == nil)
        #expect(pace.next(at: at(2)) == 2)
        pace.failed(isRefusal: true)
        #expect(pace.want(at: at(100), within: .seconds(1)) == nil)
        #expect(pace.next(at: at(100)) == nil)
        #expect(pace.nextDue(at: at(100)) == nil)
    }
}
