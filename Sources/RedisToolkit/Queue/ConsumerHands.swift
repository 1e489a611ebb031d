/// What a consumer has in its hands of what is in its list at the server. A plain value.
///
/// The list may have more: messages whose reply was lost with a link, or of a process of the same name that has died.
/// Those are taken out of the list again, while nothing else is on its way that might be in the list already.
package struct ConsumerHands {
    /// What may be done now.
    package enum Step: Equatable {
        /// Take messages.
        case take
        /// Read the list, because it may have more.
        case recover
        /// Somebody reads it just now.
        case pause
    }

    private var messages: [RedisBytes: Int] = [:]
    private var inFlight = 0
    private var isRecovering = false
    private var mayHaveMore = true
    /// Whether a request may still be at the server, which moves a message into the list when it is served.
    private var mayGetMore = false
    /// When the list is looked at once more for such a message.
    private var looksAgain: ContinuousClock.Instant?
    /// For how long a server may keep a request after a later one was answered.
    private let lateness: Duration

    package init(lateness: Duration = MessageSource.blockingTimeout) { self.lateness = lateness }

    /// How many messages it has in its hands.
    package var count: Int { messages.values.reduce(0, +) }

    /// Begins what is to be done now. `taken`, `failed` or `recovered` must follow, but not after `.pause`.
    package mutating func begin(at now: ContinuousClock.Instant) -> Step {
        if isRecovering { return .pause }
        guard isUncertain(at: now) else {
            inFlight += 1
            return .take
        }
        isRecovering = true
        return .recover
    }

    /// Notes that messages were taken.
    package mutating func taken(_ taken: [RedisBytes]) {
        inFlight -= 1
        for message in taken { messages[message, default: 0] += 1 }
    }

    /// Notes that nothing was taken as far as is known.
    package mutating func failed(isUnknown: Bool) {
        inFlight -= 1
        if isUnknown { (mayHaveMore, mayGetMore) = (true, true) }
    }

    /// Notes what is in the list, in the order in which it was taken; `nil` if it could not be read. After a request
    /// whose end is not known, the list is looked at a second time later: the server may not have ended it yet.
    ///
    /// - Returns: What was not in the hands before, at most so much. It is now.
    package mutating func recovered(
        _ list: [RedisBytes]?,
        limit: Int,
        at now: ContinuousClock.Instant
    ) -> [RedisBytes] {
        isRecovering = false
        guard let list else { return [] }
        if exchange(&mayGetMore, with: false) {
            looksAgain = now.advanced(by: lateness)
        } else if let time = looksAgain, time <= now {
            looksAgain = nil
        }
        var known = messages
        let more = list.filter { message in
            guard let count = known[message], count > 0 else { return true }
            known[message] = count - 1
            return false
        }
        mayHaveMore = more.count > limit
        for message in more.prefix(limit) { messages[message, default: 0] += 1 }
        return Array(more.prefix(limit))
    }

    /// Notes that a message was acknowledged or given back, or that this is not known.
    package mutating func settled(_ message: RedisBytes, isUnknown: Bool) {
        if let count = messages[message] { messages[message] = count > 1 ? count - 1 : nil }
        if isUnknown { mayHaveMore = true }
    }

    /// Whether the list may have messages that nobody takes.
    package func isUncertain(at now: ContinuousClock.Instant) -> Bool {
        let isDue = mayHaveMore || looksAgain.map { $0 <= now } ?? false
        return isDue && inFlight == 0 && !isRecovering
    }

    /// Whether a message may come into the list without anybody asking for it any more.
    package var isAwaitingLate: Bool { mayGetMore || looksAgain != nil }
}
