internal import RedisPOSIX

/// What callers have handed over to a link and its loop has not taken yet, and how much is on its way over the link
/// altogether. Any thread may call.
package final class CommandInbox: Sendable {
    fileprivate struct State: Sendable {
        /// Slots that the loop takes in its next turn.
        var staged: [CommandSlot] = []
        /// Slots for which there is no room yet. They do not count as on their way.
        var suspended = SlotQueue()
        /// What is on its way: taken, staged, and not answered yet.
        var load = CommandLoad()
        var statistics = RedisLinkStatistics()
        var isWoken = false
        var wake: (@Sendable () -> Void)?
        /// Why nothing is taken.
        var refusal: RedisError?
        /// The earliest deadline of the slots that were suspended since the loop asked last.
        var newDeadline = LinkTime.never
        /// How many callers are likely to send their next command within moments, because they have just got a reply.
        /// Until so many have, the loop is not woken.
        var expected = 0
        /// How many callers got a reply when `expected` was last set.
        var repliedCount = 0
        /// The number of the current wait for these callers, so that the end of an earlier wait changes nothing.
        var waitNumber = 0
        /// The share of those that came back in time.
        var returningShare = 1.0
    }

    private let limit: RedisInFlightLimit
    private let state = Locked(State())

    package init(_ limit: RedisInFlightLimit) { self.limit = limit }

    /// Sets what makes the loop take the staged slots.
    package func setWake(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// Hands over a slot. If it is refused, its recipient gets the reason at once.
    package func handOver(_ slot: CommandSlot) {
        enum Verdict { case taken, wake(@Sendable () -> Void), refused(RedisError) }
        let verdict = state.withLock { state -> Verdict in
            if let refusal = state.refusal { return .refused(refusal) }
            if state.suspended.isEmpty && hasRoom(for: slot, beside: state.load) {
                state.stage(slot)
            } else if limit.whenFull == .fail {
                state.statistics.refusals += 1
                return .refused(.linkIsFull(state.load, limit))
            } else {
                state.suspend(slot)
            }
            guard !state.isWoken, state.staged.count >= state.expected, let wake = state.wake else { return .taken }
            if state.expected > 0 { state.allCameBack() }
            state.isWoken = true
            return .wake(wake)
        }
        switch verdict {
        case .taken: break
        case .wake(let wake): wake()
        case .refused(let error): slot.recipient.fail(error, writtenBytes: 0)
        }
    }

    /// A slot that is larger than the limit goes alone.
    private func hasRoom(for slot: CommandSlot, beside load: CommandLoad) -> Bool {
        if load.commands == 0 { return true }
        return slot.commandCount <= limit.commands - load.commands && slot.byteCount <= limit.bytes - load.bytes
    }

    /// Counts a slot of the link itself, which is written at once.
    func count(_ slot: CommandSlot) { state.withLock { $0.load += slot } }

    /// Takes what is staged into `slots`, which must be empty; their room is used for what is staged next. Returns the
    /// earliest deadline of those that have to wait for room.
    package func take(into slots: inout [CommandSlot]) -> LinkTime {
        state.withLock { state in
            state.isWoken = false
            state.expected = 0
            swap(&state.staged, &slots)
            return exchange(&state.newDeadline, with: .never)
        }
    }

    /// Gives back the room of what is not on its way any more, and lets those in that wait for it.
    package func release(_ load: CommandLoad) {
        guard load.commands > 0 else { return }
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            state.load.commands -= load.commands
            state.load.bytes -= load.bytes
            return admit(&state)
        }
        wake?()
    }

    /// Lets those in that wait for room and have it now. Returns what wakes the loop, if it has to take them.
    private func admit(_ state: inout State) -> (@Sendable () -> Void)? {
        while !state.suspended.isEmpty, hasRoom(for: state.suspended.first, beside: state.load) {
            state.stage(state.suspended.removeFirst())
        }
        guard !state.staged.isEmpty, !state.isWoken else { return nil }
        state.isWoken = true
        return state.wake
    }

    /// Takes slots that wait for room, and lets those in that waited behind them and need less. `isMeant` is called
    /// under the lock.
    package func takeSuspended(where isMeant: (CommandSlot) -> Bool) -> [CommandSlot] {
        let (taken, wake) = state.withLock { state -> ([CommandSlot], (@Sendable () -> Void)?) in
            guard !state.suspended.isEmpty else { return ([], nil) }
            let taken = state.suspended.remove(where: isMeant)
            return (taken, taken.isEmpty ? nil : admit(&state))
        }
        wake?()
        return taken
    }

    /// The earliest deadline of the slots that wait for room.
    package var suspendedDeadline: LinkTime { state.withLock { $0.suspended.all.lazy.map(\.due).min() ?? .never } }

    /// Notes that so many callers are about to get a reply. Those who send one command after the other come back within
    /// moments, and their commands leave in one write if the loop is not woken by the first of them.
    ///
    /// - Returns: The number of the wait for them, which `endWait` ends; `nil` when there is none.
    package func expect(_ count: Int) -> Int? {
        guard count >= Self.leastExpected else { return nil }
        return state.withLock { state in
            guard !state.isWoken else { return nil }
            state.repliedCount = count
            state.expected = Int(Double(count) * state.returningShare)
            // Callers who did not come back may do so again.
            state.returningShare = min(state.returningShare + 0.02, 1)
            state.waitNumber &+= 1
            return state.expected > 1 ? state.waitNumber : nil
        }
    }

    /// Fewer callers are not worth a wait.
    private static let leastExpected = 4

    /// Ends the wait of that number.
    ///
    /// - Returns: The number of a later wait, if there is one that has not ended.
    package func endWait(_ number: Int) -> Int? {
        let (later, wake) = state.withLock { state -> (Int?, (@Sendable () -> Void)?) in
            guard state.expected > 0 else { return (nil, nil) }
            guard state.waitNumber == number else { return (state.waitNumber, nil) }
            state.returningShare = Double(state.staged.count) / Double(max(state.repliedCount, 1))
            state.expected = 0
            // Callers who came back and found no room have deadlines that the loop does not know yet.
            guard !state.staged.isEmpty || state.newDeadline != .never, !state.isWoken else { return (nil, nil) }
            state.isWoken = true
            return (nil, state.wake)
        }
        wake?()
        return later
    }

    /// Takes nothing from now on, and returns what was handed over; `nil` takes commands again.
    package func refuse(_ error: RedisError?) -> [CommandSlot] {
        state.withLock { state in
            state.refusal = error
            guard error != nil else { return [] }
            let staged = exchange(&state.staged, with: [])
            for slot in staged { state.load -= slot }
            return staged + state.suspended.removeAll()
        }
    }

    /// Whether nothing is taken.
    package var isRefusing: Bool { state.withLock { $0.refusal != nil } }

    /// Whether nothing is on its way.
    package var isIdle: Bool { state.withLock { $0.load.commands == 0 && $0.suspended.isEmpty } }

    /// How much is on its way and waits.
    package var statistics: RedisLinkStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.commands = state.load.commands
            statistics.bytes = state.load.bytes
            statistics.suspended = state.suspended.count
            return statistics
        }
    }
}

extension CommandInbox.State {
    fileprivate mutating func allCameBack() {
        expected = 0
        returningShare = min(returningShare * 1.25, 1)
    }

    fileprivate mutating func stage(_ slot: CommandSlot) {
        load += slot
        statistics.highestCommands = max(statistics.highestCommands, load.commands)
        statistics.highestBytes = max(statistics.highestBytes, load.bytes)
        staged.append(slot)
    }

    fileprivate mutating func suspend(_ slot: CommandSlot) {
        var slot = slot
        slot.startTimeout(at: .now)
        newDeadline = min(newDeadline, slot.due)
        suspended.append(slot)
        statistics.suspensions += 1
        statistics.highestSuspended = max(statistics.highestSuspended, suspended.count)
    }
}

/// How much is on its way over the links of a client, and how much it was at most.
public struct RedisLinkStatistics: Sendable, Hashable {
    /// Commands that were taken and are not answered yet.
    public var commands = 0
    /// The bytes of these commands.
    public var bytes = 0
    /// Callers that wait because the limit is reached, and have not handed over their commands yet.
    public var suspended = 0
    /// The highest number of commands so far.
    public var highestCommands = 0
    /// The highest number of bytes so far.
    public var highestBytes = 0
    /// The highest number of waiting callers so far.
    public var highestSuspended = 0
    /// How many callers had to wait for room so far.
    public var suspensions = 0
    /// How many commands were refused because the limit was reached.
    public var refusals = 0

    package init() {}

    /// Adds the numbers of another link. The highest numbers are sums as well, because links peak at different times.
    package static func += (sum: inout RedisLinkStatistics, link: RedisLinkStatistics) {
        sum.commands += link.commands
        sum.bytes += link.bytes
        sum.suspended += link.suspended
        sum.highestCommands += link.highestCommands
        sum.highestBytes += link.highestBytes
        sum.highestSuspended += link.highestSuspended
        sum.suspensions += link.suspensions
        sum.refusals += link.refusals
    }
}

extension RedisError {
    fileprivate static func linkIsFull(_ load: CommandLoad, _ limit: RedisInFlightLimit) -> RedisError {
        let text = """
            \(load.commands) commands of \(load.bytes) bytes are on their way, and the limit is \(limit.commands) commands \
            and \(limit.bytes) bytes (RedisInFlightLimit): send fewer at a time, or let callers wait (whenFull: .suspend)
            """
        return RedisError(.limitExceeded, text, phase: .command).with(.notExecuted)
    }
}
