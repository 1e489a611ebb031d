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

    package init() {}

    /// How many messages it has in its hands.
    package var count: Int { messages.values.reduce(0, +) }

    /// Begins what is to be done now. `taken`, `failed` or `recovered` must follow, but not after `.pause`.
    package mutating func begin() -> Step {
        if isRecovering { return .pause }
        guard mayHaveMore, inFlight == 0 else {
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
        if isUnknown { mayHaveMore = true }
    }

    /// Notes what is in the list, in the order in which it was taken; `nil` if it could not be read.
    ///
    /// - Returns: What was not in the hands before, at most so much. It is now.
    package mutating func recovered(_ list: [RedisBytes]?, limit: Int) -> [RedisBytes] {
        isRecovering = false
        guard let list else { return [] }
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
    package var isUncertain: Bool { mayHaveMore && inFlight == 0 && !isRecovering }
}
