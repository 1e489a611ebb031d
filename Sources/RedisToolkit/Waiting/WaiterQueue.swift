/// Who of those that wait for one name in this process may try to get it, and when. A plain value: times and random
/// numbers are passed in.
///
/// Only the first in the line tries. It tries when it becomes the first, when it is woken, and at the time that the
/// server's last answer suggests. Whoever tries in vain stays the first.
package struct WaiterQueue {
    /// One that waits.
    package struct Waiter: Sendable {
        package let id: Int
        /// The token with which it tries.
        package let token: RedisBytes
        /// The fence of the lease whose successful end would be as good as a lease of its own; `nil` if none is.
        package var followed: Int?
    }

    private enum Head {
        /// It has to try now.
        case due
        /// It is trying. What was told meanwhile may be newer than what the server answers.
        case trying(isWoken: Bool)
        /// It tries again at that time.
        case sleeping(until: ContinuousClock.Instant)
    }

    /// Whether a grant to one in this line means that the next one cannot have it as well.
    let isExclusive: Bool
    package private(set) var waiters: [Waiter] = []
    private var head = Head.due
    private var lastID = 0
    /// The token whose turn it is, if it has not joined yet: it was put into the server's queue before.
    private var called: RedisBytes?

    package init(isExclusive: Bool) { self.isExclusive = isExclusive }

    package var isEmpty: Bool { waiters.isEmpty }

    /// When the first one has to try again if nothing wakes it; `nil` while it does not sleep.
    package var wakeTime: ContinuousClock.Instant? {
        guard case .sleeping(let time) = head, !waiters.isEmpty else { return nil }
        return time
    }

    /// Puts one at the end of the line.
    ///
    /// - Parameters:
    ///   - token: The token with which it tries.
    ///   - followed: The fence of the lease whose successful end it waits for as well.
    ///   - wakeTime: If it is the first one: when it has to try, because it has tried just now; `nil` for at once.
    /// - Returns: Its number.
    package mutating func join(
        _ token: RedisBytes,
        following followed: Int? = nil,
        wakeTime: ContinuousClock.Instant? = nil
    ) -> Int {
        lastID += 1
        let waiter = Waiter(id: lastID, token: token, followed: followed)
        if token == called {
            bringForward(waiter)
            return lastID
        }
        waiters.append(waiter)
        if waiters.count == 1 { head = wakeTime.map { .sleeping(until: $0) } ?? .due }
        return lastID
    }

    /// Takes one out of the line.
    ///
    /// - Parameters:
    ///   - id: Its number.
    ///   - grantEnds: If it got what it waited for: when that ends unless it is renewed.
    package mutating func leave(_ id: Int, grantEnds: ContinuousClock.Instant? = nil) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index)
        guard index == 0 else { return }
        // The next one of an exclusive line would try in vain: it is woken by the end of the grant.
        head = if isExclusive, let grantEnds { .sleeping(until: grantEnds) } else { .due }
    }

    /// The number of the first one if it has to try now, which counts as begun.
    package mutating func beginAttempt(at now: ContinuousClock.Instant) -> Int? {
        guard let first = waiters.first else { return nil }
        switch head {
        case .trying: return nil
        case .sleeping(let time) where time > now: return nil
        case .sleeping, .due: break
        }
        head = .trying(isWoken: false)
        return first.id
    }

    /// Notes that the first one has tried in vain, and when it has to try again.
    package mutating func denied(_ id: Int, until time: ContinuousClock.Instant) {
        guard waiters.first?.id == id, case .trying(let isWoken) = head else { return }
        head = isWoken ? .due : .sleeping(until: time)
    }

    /// Notes that a lease has ended, or may have: the first one has to try.
    package mutating func wake() {
        switch head {
        case .trying: head = .trying(isWoken: true)
        case .sleeping, .due: head = .due
        }
    }

    /// Notes that the server has called the waiter with this token. If it waits in another process, the first one here
    /// tries only if that call lapses.
    package mutating func turn(of token: RedisBytes, lapses time: ContinuousClock.Instant) {
        called = nil
        if let index = waiters.firstIndex(where: { $0.token == token }), index > 0 {
            // Those who tried before they joined stand in the server's queue, whose order counts.
            return bringForward(waiters.remove(at: index))
        }
        if waiters.first?.token != token { called = token }
        switch head {
        case .sleeping(let former) where waiters.first?.token != token: head = .sleeping(until: min(former, time))
        // What the server answers may be older than that turn.
        case .sleeping, .trying, .due: wake()
        }
    }

    /// Puts one before all others, for it to try now. Whatever the one before it is told is not about this one.
    private mutating func bringForward(_ waiter: Waiter) {
        called = nil
        waiters.insert(waiter, at: 0)
        head = .due
    }

    /// The numbers of those who have waited for the successful end of a lease with that fence, or of an earlier one.
    package func followers(of fence: Int) -> [Int] {
        waiters.filter { $0.followed.map { $0 <= fence } ?? false }.map(\.id)
    }
}

extension WaiterQueue {
    /// What a server said about a lease that others have.
    package struct Denial: Sendable, Equatable {
        /// After what time it may be free, if nobody renews it; `nil` if that is not known.
        package var wait: Duration?
        /// Whether its holder will not tell when it gives it back.
        package var isSilent: Bool

        package init(wait: Duration?, isSilent: Bool) {
            self.wait = wait
            self.isSilent = isSilent
        }
    }

    /// When to try again after a denial, if nothing wakes the waiter.
    ///
    /// - Parameters:
    ///   - denial: What the server said.
    ///   - isSubscribed: Whether the end of the lease would be heard of.
    ///   - now: The time.
    ///   - random: A number from 0 to 1, so that not all processes try at the same time.
    /// - Returns: The time.
    package static func retryTime(
        after denial: Denial,
        isSubscribed: Bool,
        at now: ContinuousClock.Instant,
        random: Double
    ) -> ContinuousClock.Instant {
        let check: Duration = denial.isSilent || !isSubscribed ? .seconds(1) : .seconds(30)
        let limit = check * (0.8 + 0.4 * random)
        // The server's clock may be a little behind: a millisecond later the lease has surely ended.
        return now.advanced(by: min(limit, denial.wait.map { $0 + .milliseconds(1) } ?? limit))
    }
}
