/// One entry of a ``FaultSchedule``: what happens to a whole ``FaultProxy``, and how long after the entry before it.
public struct ScheduledFault: Hashable, Sendable {
    /// The kinds of trouble that a schedule draws from.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// All connections are cut in order (FIN).
        case finish
        /// All connections are cut at once (RST).
        case reset
        /// Each connection is cut after some more bytes to the client: whatever is on its way is torn.
        case tear
        /// Nothing moves for a while, then everything goes on.
        case stall
        /// All open connections are half-open from now on.
        case halfOpen
        /// All connections are cut, and new ones refused for a while.
        case refuse
        /// All connections are cut, and some new ones closed as soon as they are accepted.
        case closeNew
        /// Few bytes a second pass for a while.
        case slow
        /// Every byte to the client comes alone for a while.
        case oneByteAtATime
    }

    /// What happens.
    public let kind: Kind
    /// How long nothing happens before it.
    public let pause: Duration
    /// How long it lasts, where it lasts.
    public let length: Duration
    /// How connections are cut, where they are.
    public let cut: Fault.Cut
    /// How many bytes, or bytes a second, or connections.
    public let count: Int
}

extension ScheduledFault: CustomStringConvertible {
    /// The entry in words, for the log of a test.
    public var description: String {
        let what =
            switch kind {
            case .finish, .reset: "cut by \(cut)"
            case .tear: "cut by \(cut) after \(count) bytes to the client"
            case .stall: "stall for \(length)"
            case .halfOpen: "half-open"
            case .refuse: "cut by \(cut) and refuse for \(length)"
            case .closeNew: "cut by \(cut) and close \(count) new ones"
            case .slow: "\(count) bytes a second for \(length)"
            case .oneByteAtATime: "one byte at a time for \(length)"
            }
        return "after \(pause): \(what)"
    }
}

extension FaultProxy {
    /// Waits for the entry's pause, does what it says, and undoes what lasts only a while.
    ///
    /// - Parameter entry: What to do.
    /// - Throws: `CancellationError` when the task is cancelled while it waits, what lasts being undone all the same;
    ///   ``RedisTestingError`` when the proxy cannot listen again.
    public func carryOut(_ entry: ScheduledFault) async throws {
        try await Task.sleep(for: entry.pause)
        switch entry.kind {
        case .finish, .reset: cutAll(entry.cut)
        case .tear: apply(.cutAfter(bytes: entry.count, .toClient, entry.cut), to: .open)
        case .stall: try await hold(.stall(.both), entry.length)
        case .halfOpen: halfOpen()
        case .slow: try await hold(.slow(bytesPerSecond: entry.count, .both), entry.length)
        case .oneByteAtATime: try await hold(.pieces(of: 1, pause: .zero, .toClient), entry.length)
        case .closeNew:
            closeNew(entry.cut, count: entry.count)
            cutAll(entry.cut)
        case .refuse:
            refuse()
            cutAll(entry.cut)
            let wait = await Task { try await Task.sleep(for: entry.length) }.result
            try accept()
            try wait.get()
        }
    }

    private func hold(_ fault: Fault, _ length: Duration) async throws {
        defer { resume() }
        apply(fault)
        try await Task.sleep(for: length)
    }
}
