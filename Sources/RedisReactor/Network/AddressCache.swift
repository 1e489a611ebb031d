/// Looks names up, and remembers the last addresses of each, because a server whose name is slow to look up is not
/// dead.
///
/// Every attempt to connect looks the name up again, so that a name that moves to another server is followed. There is
/// one lookup of a name at a time, however many callers ask. A result that comes when nobody waits for it any more is
/// kept for the next caller.
package final class AddressCache: Sendable {
    package typealias Addresses = Result<[SocketAddress], LookupError>
    /// Looks a host up, and calls the completion once, on any thread.
    package typealias Resolve =
        @Sendable (
            _ host: String, _ port: UInt16, _ completion: @escaping @Sendable (Addresses) -> Void
        ) -> Void

    /// The cache of the process, which uses the system's resolver.
    package static let shared = AddressCache { Resolver.resolve(host: $0, port: $1, $2) }

    /// A late result is used for the next caller, unless it is older than this.
    private static let freshness = Duration.seconds(30)
    /// More names than this are invented ones. Then the names that are not being looked up are forgotten.
    private static let mostNames = 4096

    /// How long a lookup may take before the previous addresses are tried.
    package let headStart: Duration

    fileprivate struct Name: Hashable {
        var host: String
        var port: UInt16
    }

    private struct Waiter {
        var number: Int
        var claims: Bool
        var completion: @Sendable (Addresses) -> Void
    }

    private struct Entry {
        /// The addresses of the last successful lookup.
        var known: [SocketAddress] = []
        /// When the current lookup began.
        var began: ContinuousClock.Instant?
        var waiters: [Waiter] = []
        /// A result that came when nobody waited for it.
        var late: (addresses: [SocketAddress], at: ContinuousClock.Instant)?
    }

    private struct State {
        var entries: [Name: Entry] = [:]
        var lastNumber = 0
    }

    private let state = Locked(State())
    private let resolve: Resolve

    /// A cache that asks `resolve`, which need not know numeric addresses.
    package init(headStart: Duration = .milliseconds(250), _ resolve: @escaping Resolve) {
        self.headStart = headStart
        self.resolve = resolve
    }

    /// Addresses that are known already, or a lookup to wait for.
    package enum Lookup: Sendable {
        case answered(Addresses)
        case pending(Pending)
    }

    /// A lookup in progress.
    package struct Pending: Sendable {
        /// The previous addresses of the name; empty when there are none.
        package let known: [SocketAddress]
        /// When the lookup began.
        package let began: ContinuousClock.Instant
        fileprivate let name: Name
        fileprivate let number: Int
    }

    /// Asks for the addresses of a host. Unless they are known already, `completion` is called with them, on any
    /// thread.
    ///
    /// - Parameters:
    ///   - host: The host, by name or by address.
    ///   - port: The TCP port of the addresses.
    ///   - claims: Whether the caller uses the result. If no caller does, the next one gets it.
    ///   - completion: Is called once with the addresses, on any thread.
    /// - Returns: The addresses, or the lookup whose end `completion` reports.
    package func lookUp(
        host: String,
        port: UInt16,
        claims: Bool = true,
        _ completion: @escaping @Sendable (Addresses) -> Void
    ) -> Lookup {
        let numeric = SocketAddress.resolve(host: host, port: port, isNumeric: true)
        if case .success = numeric { return .answered(numeric) }
        let name = Name(host: host, port: port)
        let (lookup, isNew) = state.withLock { state -> (Lookup, Bool) in
            var entry = state.entries[name] ?? Entry()
            defer { state.entries[name] = entry }
            if let late = entry.late, late.at.duration(to: .now) < Self.freshness {
                if claims { entry.late = nil }
                return (.answered(.success(late.addresses)), false)
            }
            state.lastNumber += 1
            entry.waiters.append(Waiter(number: state.lastNumber, claims: claims, completion: completion))
            let isNew = entry.began == nil
            let began = entry.began ?? .now
            entry.began = began
            if isNew, state.entries.count >= Self.mostNames {
                state.entries = state.entries.filter { $0.value.began != nil }
            }
            return (.pending(Pending(known: entry.known, began: began, name: name, number: state.lastNumber)), isNew)
        }
        if isNew { resolve(host, port) { answer in self.answered(name, answer) } }
        return lookup
    }

    /// Stops waiting. The lookup goes on, and its result is for the next caller.
    package func cancel(_ pending: Pending) {
        state.withLock { $0.entries[pending.name]?.waiters.removeAll { $0.number == pending.number } }
    }

    private func answered(_ name: Name, _ answer: Addresses) {
        let waiters = state.withLock { state in
            var entry = state.entries[name] ?? Entry()
            defer { state.entries[name] = entry }
            entry.began = nil
            entry.late = nil
            if case .success(let addresses) = answer {
                entry.known = addresses
                if !entry.waiters.contains(where: \.claims) { entry.late = (addresses, .now) }
            }
            return exchange(&entry.waiters, with: [])
        }
        for waiter in waiters { waiter.completion(answer) }
    }
}
