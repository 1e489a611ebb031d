import RedisRESP

/// What was published and what came, exactly. A plain value; times are passed in.
package struct BenchAccount: Sendable {
    package let plan: BenchPlan
    /// How many messages were sent.
    package private(set) var sent = 0
    /// How many the server has published, as its replies tell.
    package private(set) var published = 0
    /// How many the server has refused, by the first word of its error.
    package private(set) var refused: [String: Int] = [:]
    /// How many have no reply, so that nobody knows whether they were published.
    package private(set) var unknown = 0
    /// How many receivers the replies tell, all together.
    package private(set) var receivers = 0
    /// How many messages came, all subscribers together, each message of a subscriber once.
    package private(set) var delivered = 0
    /// How many came again, or behind a later one of their stream.
    package private(set) var repeated = 0
    /// How many came that are none of this measurement.
    package private(set) var foreign = 0
    /// How often a subscriber's link was lost.
    package private(set) var gaps = 0
    /// From when a message was meant to be sent until it came.
    package private(set) var delays = DurationHistogram()
    /// From when a message was meant to be sent until it was.
    package private(set) var lateness = DurationHistogram()
    /// The number that comes next, of each subscriber and each stream.
    private var next: [Int]
    /// The time of the first and of the last message that was sent, and of the last that came, in nanoseconds.
    package private(set) var firstSent: Int64?
    package private(set) var lastSent: Int64 = 0
    package private(set) var lastDelivered: Int64 = 0

    package init(_ plan: BenchPlan) {
        self.plan = plan
        next = []
        next.reserveCapacity(plan.subscribers * plan.streams)
        for _ in 0..<plan.subscribers { next += 0..<plan.streams }
    }

    /// How many messages wait for their replies.
    package var unanswered: Int { sent - published - refused.values.reduce(0, +) - unknown }

    /// How many messages have to come.
    package var expected: Int { published * plan.subscribers }

    /// How many messages are missing: at least, and at most, which are the same when every message has a reply.
    package var missing: ClosedRange<Int> {
        let least = max(expected - delivered, 0)
        return least...max((published + unknown) * plan.subscribers - delivered, least)
    }

    /// Notes that a message is sent.
    package mutating func sends(at now: Int64, due: Int64) {
        sent += 1
        firstSent = firstSent ?? now
        lastSent = now
        lateness.add(nanoseconds: UInt64(max(now - due, 0)))
    }

    /// Notes that the server has published a message.
    package mutating func wasPublished(to count: Int) {
        published += 1
        receivers = receivers.addingSaturated(count)
    }

    /// Notes that the server has refused a message.
    package mutating func wasRefused(_ kind: String) {
        // A server may make up any kind.
        refused[refused.count < 32 || refused[kind] != nil ? kind : "others", default: 0] += 1
    }

    /// Notes that nobody knows whether a message was published.
    package mutating func isUnknown() { unknown += 1 }

    /// Notes that a subscriber's link was lost.
    package mutating func hasGap() { gaps += 1 }

    /// Notes what came; `nil` for a message of somebody else.
    package mutating func came(_ message: (number: Int, due: Int64)?, to subscriber: Int, at now: Int64) {
        guard let message, message.number < sent else { return foreign += 1 }
        let place = subscriber * plan.streams + plan.stream(of: message.number)
        guard message.number >= next[place] else { return repeated += 1 }
        next[place] = message.number + plan.streams
        delivered += 1
        lastDelivered = now
        // The time is what the message says, and anybody can publish one.
        delays.add(nanoseconds: message.due < now ? UInt64(bitPattern: now &- message.due) : 0)
    }
}
