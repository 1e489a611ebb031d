import RedisToolkit
import TestSupport
import Testing

@Suite("The limits of one process", .tags(.unit))
struct LocalRatesTests {
    private let start = ContinuousClock.now

    private func at(_ time: Duration) -> ContinuousClock.Instant { start.advanced(by: time) }

    @Test("allow a burst, and then as much as the rate")
    func rate() {
        var rates = LocalRates([RateLimit(10, per: .seconds(1), burst: 2)], at: start)
        #expect(
            rates.attempt("a", cost: 1, at: start) == .allowed(remaining: 1, resetAfter: .milliseconds(100))
        )
        #expect(
            rates.attempt("a", cost: 1, at: start) == .allowed(remaining: 0, resetAfter: .milliseconds(200))
        )
        #expect(rates.attempt("a", cost: 1, at: start) == .denied(retryAfter: .milliseconds(100)))
        #expect(rates.attempt("a", cost: 1, at: at(.milliseconds(99))) == .denied(retryAfter: .milliseconds(1)))
        #expect(rates.attempt("a", cost: 1, at: at(.microseconds(99_999))) == .denied(retryAfter: .microseconds(1)))
        #expect(
            rates.attempt("a", cost: 1, at: at(.milliseconds(100)))
                == .allowed(remaining: 0, resetAfter: .milliseconds(200))
        )
        #expect(rates.attempt("a", cost: 1, at: at(.milliseconds(100))) == .denied(retryAfter: .milliseconds(100)))
        #expect(
            rates.attempt("b", cost: 2, at: start) == .allowed(remaining: 0, resetAfter: .milliseconds(200))
        )
        // A long time later all is there again, and no more.
        #expect(
            rates.attempt("a", cost: 2, at: at(.seconds(1000)))
                == .allowed(remaining: 0, resetAfter: .milliseconds(200))
        )
    }

    @Test("are all asked, and nothing is taken of one where another denies")
    func several() {
        let limits = [RateLimit(100, per: .seconds(1), burst: 3), RateLimit(1, per: .seconds(60), burst: 2)]
        var rates = LocalRates(limits, at: start)
        for _ in 0..<2 { #expect(rates.attempt("a", cost: 1, at: start) != .denied(retryAfter: .seconds(60))) }
        for _ in 0..<5 { #expect(rates.attempt("a", cost: 1, at: start) == .denied(retryAfter: .seconds(60))) }
    }

    @Test("remember a bounded number of subjects, and deny those beyond")
    func bound() {
        var rates = LocalRates([RateLimit(1, per: .seconds(1))], at: start)
        for index in 0..<LocalRates.capacity { _ = rates.attempt(RedisBytes("\(index)"), cost: 1, at: start) }
        #expect(rates.attempt("new", cost: 1, at: start) == .denied(retryAfter: .seconds(1)))
        #expect(rates.count == LocalRates.capacity)
        #expect(
            rates.attempt("new", cost: 1, at: at(.seconds(2))) == .allowed(remaining: 0, resetAfter: .seconds(1))
        )
        #expect(rates.count == 1)
    }
}
