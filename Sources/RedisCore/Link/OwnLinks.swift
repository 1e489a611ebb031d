internal import Synchronization

/// The links whose commands a monitor leaves out, because they belong to this process. A command is left out only if
/// one of our links sent it in exactly this form, and only as often as it was sent. So a client that pretends to be one
/// of our links can hide nothing else, and none of our links sends commands that read or write keys.
///
/// A command of ours is expected from the address that the server shows as its source, at the server that the link
/// leads to. Where the server sees another address (behind a proxy, or a container's network), the link is found by a
/// command that contains a number that nobody could have known before; that command shows the link's address. On a unix
/// socket all clients look alike.
package final class OwnLinks: Sendable {
    /// A command that a server will show.
    fileprivate struct Expected {
        let command: RedisCommand
        /// Whether nobody else can send the same command.
        let isUnique: Bool
        /// Whether the command counts from any address.
        let isAnywhere: Bool
        /// Whether the command was sent before the link sent MONITOR, so that this link itself does not show it.
        var isBeforeMonitor = false
        /// The links over which the command was shown.
        var seenBy: Set<Int> = []
        /// When the command will not be shown any more; `nil` while it may not have been executed yet.
        var end: ContinuousClock.Instant?
    }

    fileprivate struct Link {
        /// The address that the server shows; `nil` on a unix socket.
        var source: RedisBytes?
        /// The server that the link leads to. The same local port may belong to somebody else's link to another server.
        var server: RedisBytes?
        var expected: [Expected] = []
        var end: ContinuousClock.Instant?
    }

    private struct State {
        var links: [Int: Link] = [:]
        var lastID = 0
    }

    /// The commands that a monitor leaves out.
    package struct Table: Sendable {
        package var revision = -1
        package var sources: [RedisBytes] = []
        /// The names of commands that may be ours from any source.
        package var names: Set<RedisBytes> = []
        /// When an entry of the table expires.
        package var due: ContinuousClock.Instant?

        /// An empty table.
        package init() {}
    }

    /// A server may show a command after it has replied to it, or closed the link.
    private static let patience = Duration.seconds(5)
    /// The most expected commands of a link. Most are never shown. If a command is forgotten too early, the monitor
    /// shows it.
    private static let mostExpected = 64

    private let state = Locked(State())
    private let changes = Atomic<Int>(0)

    /// Whether monitors leave out nothing, because somebody wants to see all commands.
    private let isIgnored: Bool

    /// An empty register.
    ///
    /// - Parameter isIgnored: Whether monitors leave out nothing.
    package init(isIgnored: Bool = false) { self.isIgnored = isIgnored }

    /// Grows with each change.
    package var revision: Int { changes.load(ordering: .acquiring) }

    /// Registers a link, before anything is sent over it.
    package func opened(from source: String?, to server: String? = nil) -> OwnLink {
        let id = change { state in
            // Without a monitor no table is needed.
            let now = ContinuousClock.now
            state.links = state.links.filter { $0.value.end.map { $0 > now } ?? true }
            state.lastID += 1
            state.links[state.lastID] = Link(
                source: source.map { RedisBytes($0) },
                server: server.map { RedisBytes($0) }
            )
            return state.lastID
        }
        return OwnLink(links: self, id: id)
    }

    fileprivate func closed(_ id: Int) {
        change { state in
            let end = ContinuousClock.now.advanced(by: Self.patience)
            state.links[id]?.end = end
            _ = state.links[id]?.settle(until: end)
        }
    }

    fileprivate func sends(_ command: RedisCommand, isUnique: Bool, isPlaced: Bool, over id: Int) {
        note { state in
            guard let link = state.links[id] else { return false }
            // A command with its own address is found by it, or by content that nobody else can send: a password is
            // such content.
            let isSecret = command.arguments.first == "AUTH"
            let isAnywhere = isUnique || isSecret || link.source == nil && !isPlaced
            guard isAnywhere || link.source != nil else { return false }
            let expected = Expected(command: command, isUnique: isUnique, isAnywhere: isAnywhere)
            state.links[id]?.expected.append(expected)
            guard link.expected.count >= Self.mostExpected else { return isAnywhere }
            let forgotten = state.links[id]?.expected.removeFirst()
            return isAnywhere || forgotten?.isAnywhere == true
        }
    }

    fileprivate func settled(_ id: Int) {
        note { $0.links[id]?.settle(until: ContinuousClock.now.advanced(by: Self.patience)) ?? false }
    }

    fileprivate func monitors(_ id: Int) {
        change { state in
            for index in state.links[id]?.expected.indices ?? 0..<0 {
                state.links[id]?.expected[index].isBeforeMonitor = true
            }
        }
    }

    /// The commands to leave out at that time among those that `link` shows.
    package func table(at now: ContinuousClock.Instant, over link: OwnLink? = nil) -> Table {
        let monitor = link?.id
        return state.withLock { state in
            var table = Table()
            if isIgnored {
                table.revision = revision
                return table
            }
            let server = monitor.flatMap { state.links[$0]?.server }
            table.revision = revision
            for (id, link) in state.links {
                if let end = link.end, end <= now {
                    state.links[id] = nil
                    continue
                }
                let expected = link.expected.filter { $0.end.map { $0 > now } ?? true }
                state.links[id]?.expected = expected
                if let source = link.source, link.leads(to: server) { table.sources.append(source) }
                let others = expected.filter {
                    $0.isAnywhere && link.leads(to: server) && $0.mayCome(over: monitor, sentOver: id)
                }
                table.names.formUnion(others.compactMap(\.command.arguments.first))
                let ends = expected.filter(\.isAnywhere).compactMap(\.end) + [link.end].compactMap(\.self)
                table.due = (ends + [table.due].compactMap(\.self)).min()
            }
            return table
        }
    }

    /// Whether a command that a server shows over `link` is one of ours.
    package func areOwn(_ arguments: [RedisBytes], from source: RedisBytes, over link: OwnLink? = nil) -> Bool {
        let monitor = link?.id
        let (isOwn, hasChanged) = state.withLock { state -> (Bool, Bool) in
            let server = monitor.flatMap { state.links[$0]?.server }
            let links = state.links.filter { $0.value.leads(to: server) }
            for (id, link) in links where link.source == source {
                let index = link.expected.firstIndex {
                    $0.mayCome(over: monitor, sentOver: id) && $0.isShown(as: arguments, inClear: false)
                }
                guard let index else { continue }
                state.links[id]?.expected[index].seenBy.insert(monitor ?? 0)
                return (true, link.expected[index].isAnywhere)
            }
            for (id, link) in links {
                let index = link.expected.firstIndex {
                    $0.isAnywhere && $0.mayCome(over: monitor, sentOver: id)
                        && $0.isShown(as: arguments, inClear: link.source != nil && !$0.isUnique)
                }
                guard let index else { continue }
                state.links[id]?.expected[index].seenBy.insert(monitor ?? 0)
                // The server sees this address as the source, and every monitor does: a later command from elsewhere is
                // a copy.
                if link.source != nil && link.expected[index].isUnique { state.links[id]?.source = source }
                return (true, true)
            }
            return (false, false)
        }
        if hasChanged { changes.add(1, ordering: .releasing) }
        return isOwn
    }

    /// Changes the register. Each monitor makes its table anew before it reads the next lines.
    @discardableResult
    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        let result = state.withLock { body(&$0) }
        changes.add(1, ordering: .releasing)
        return result
    }

    /// Changes the register; `body` says whether tables change. Commands that are only expected at their link's own
    /// address are not in the tables, and are sent all the time, so tables need not be made anew for them.
    private func note(_ body: (inout State) -> Bool) {
        if state.withLock({ body(&$0) }) { changes.add(1, ordering: .releasing) }
    }
}

extension OwnLinks.Expected {
    /// Whether the command may still be shown over the link `monitor`: each sent command is shown once over each
    /// monitor.
    fileprivate func mayCome(over monitor: Int?, sentOver id: Int) -> Bool {
        !seenBy.contains(monitor ?? 0) && !(isBeforeMonitor && id == monitor)
    }

    /// Whether a server shows the command in this form. Servers redact secrets from 6.0 on, unless the secret has to be
    /// `inClear` to count.
    fileprivate func isShown(as arguments: [RedisBytes], inClear: Bool) -> Bool {
        guard arguments.count == command.arguments.count, arguments.first == command.arguments.first else {
            return false
        }
        let mayBeHidden = !inClear && (arguments.first == "AUTH" || arguments.first == "HELLO")
        return zip(arguments, command.arguments).allSatisfy { $0 == $1 || mayBeHidden && $0 == "(redacted)" }
    }
}

extension OwnLinks.Link {
    /// Whether the link leads to that server, as far as is known.
    fileprivate func leads(to other: RedisBytes?) -> Bool { server == nil || other == nil || server == other }

    /// Notes that all commands have their replies. Returns whether tables change.
    fileprivate mutating func settle(until end: ContinuousClock.Instant) -> Bool {
        var changes = false
        for index in expected.indices where expected[index].end == nil {
            expected[index].end = end
            changes = changes || expected[index].isAnywhere
        }
        return changes
    }
}

/// A registered link of this process.
package struct OwnLink: Sendable, Hashable {
    private let links: OwnLinks
    fileprivate let id: Int

    fileprivate init(links: OwnLinks, id: Int) {
        self.links = links
        self.id = id
    }

    /// Notes that a command is going to be sent. `isUnique` says that it contains a number that nobody else can know,
    /// and `isPlaced` that it is only expected at the link's own address, because looking at every address costs
    /// something for each line.
    package func sends(_ command: RedisCommand, isUnique: Bool = false, isPlaced: Bool = false) {
        links.sends(command, isUnique: isUnique, isPlaced: isPlaced, over: id)
    }

    /// Notes that MONITOR is sent next.
    package func monitors() { links.monitors(id) }

    /// Notes that all commands have their replies.
    package func settled() { links.settled(id) }

    /// Removes the link.
    package func closed() { links.closed(id) }

    package static func == (left: OwnLink, right: OwnLink) -> Bool { left.links === right.links && left.id == right.id }

    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
