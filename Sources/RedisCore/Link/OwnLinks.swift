internal import Synchronization

/// The links of which a monitor leaves the commands out, because they are its own. What is left out was sent by us in
/// exactly this form, and each time that it was sent is left out once: a neighbour that passes for one of our links
/// hides nothing else, and none of our links sends what reads or writes keys.
///
/// A command of ours is looked for where it comes from: at the address that the server shows as its source, and from
/// the server that the link leads to. Where the server sees another address (behind a proxy, a container's network) a
/// link is found by a command with a number in it that nobody could have known before, and then by the address that
/// this one shows. On a unix socket all clients look alike.
package final class OwnLinks: Sendable {
    /// A command that is on its way.
    fileprivate struct Expected {
        let command: RedisCommand
        /// Whether nobody else can send the same.
        let isUnique: Bool
        /// Whether it counts wherever it comes from.
        let isAnywhere: Bool
        /// Whether it was sent before the link sent MONITOR, so that it does not come over this link itself.
        var isBeforeMonitor = false
        /// Over which links it has come.
        var seenBy: Set<Int> = []
        /// When it will not be seen any more; `nil` while it may not have been executed yet.
        var end: ContinuousClock.Instant?
    }

    fileprivate struct Link {
        /// The address, as the server shows it; `nil` on a unix socket.
        var source: RedisBytes?
        /// Where it leads to. The same port here may belong to somebody else's link to another server.
        var server: RedisBytes?
        var expected: [Expected] = []
        var end: ContinuousClock.Instant?
    }

    private struct State {
        var links: [Int: Link] = [:]
        var lastID = 0
    }

    /// What a monitor looks for.
    package struct Table: Sendable {
        package var revision = -1
        package var sources: [RedisBytes] = []
        /// The names of commands that may be ours though none of the sources tells.
        package var names: Set<RedisBytes> = []
        /// When something is to be forgotten.
        package var due: ContinuousClock.Instant?

        /// None yet.
        package init() {}
    }

    /// A server may show a command after it has answered it, or closed the link.
    private static let patience = Duration.seconds(5)
    /// The latest commands of a link that are looked for. Most are never shown, and of what is forgotten too early too
    /// much is shown.
    private static let mostExpected = 64

    private let state = Locked(State())
    private let changes = Atomic<Int>(0)

    /// None yet.
    package init() {}

    /// Grows with each change.
    package var revision: Int { changes.load(ordering: .acquiring) }

    /// Enters a link, before anything is sent over it.
    package func opened(from source: String?, to server: String? = nil) -> OwnLink {
        let id = change { state in
            // A run without a monitor asks for no table.
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
            // With an address of its own it comes from there, or is known by what nobody else can have sent: a password
            // is as good.
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

    /// What to look for at that time, among what comes over `link`.
    package func table(at now: ContinuousClock.Instant, over link: OwnLink? = nil) -> Table {
        let monitor = link?.id
        return state.withLock { state in
            var table = Table()
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
                // The server sees it coming from there, and so it is seen by all: what comes later is a copy.
                if link.source != nil && link.expected[index].isUnique { state.links[id]?.source = source }
                return (true, true)
            }
            return (false, false)
        }
        if hasChanged { changes.add(1, ordering: .releasing) }
        return isOwn
    }

    /// Changes what is known. Each monitor makes its table anew before it looks at the next lines.
    @discardableResult
    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        let result = state.withLock { body(&$0) }
        changes.add(1, ordering: .releasing)
        return result
    }

    /// The same where `body` says whether a table looks different by that. What is looked for at its link's own address
    /// alone stands in no table, and is sent all the time: nobody has to make a table anew for it.
    private func note(_ body: (inout State) -> Bool) {
        if state.withLock({ body(&$0) }) { changes.add(1, ordering: .releasing) }
    }
}

extension OwnLinks.Expected {
    /// Whether it may come over the link `monitor`: each time that it was sent, it comes once over each.
    fileprivate func mayCome(over monitor: Int?, sentOver id: Int) -> Bool {
        !seenBy.contains(monitor ?? 0) && !(isBeforeMonitor && id == monitor)
    }

    /// Whether a server shows the command so. Secrets are shown as such from 6.0 on, unless they have to be `inClear`
    /// to count.
    fileprivate func isShown(as arguments: [RedisBytes], inClear: Bool) -> Bool {
        guard arguments.count == command.arguments.count, arguments.first == command.arguments.first else {
            return false
        }
        let mayBeHidden = !inClear && (arguments.first == "AUTH" || arguments.first == "HELLO")
        return zip(arguments, command.arguments).allSatisfy { $0 == $1 || mayBeHidden && $0 == "(redacted)" }
    }
}

extension OwnLinks.Link {
    /// Whether it leads to that server, as far as is known.
    fileprivate func leads(to other: RedisBytes?) -> Bool { server == nil || other == nil || server == other }

    /// All that was sent is answered. Returns whether a table looks different by that.
    fileprivate mutating func settle(until end: ContinuousClock.Instant) -> Bool {
        var changes = false
        for index in expected.indices where expected[index].end == nil {
            expected[index].end = end
            changes = changes || expected[index].isAnywhere
        }
        return changes
    }
}

/// A link of ours, entered for the monitors that leave it out.
package struct OwnLink: Sendable, Hashable {
    private let links: OwnLinks
    fileprivate let id: Int

    fileprivate init(links: OwnLinks, id: Int) {
        self.links = links
        self.id = id
    }

    /// A command is going to be sent over it. `isUnique` says that it holds a number that nobody else can know, and
    /// `isPlaced` that it is looked for at the link's own address alone: looking everywhere costs something for each
    /// line that comes.
    package func sends(_ command: RedisCommand, isUnique: Bool = false, isPlaced: Bool = false) {
        links.sends(command, isUnique: isUnique, isPlaced: isPlaced, over: id)
    }

    /// MONITOR is the next to be sent over it.
    package func monitors() { links.monitors(id) }

    /// All that was sent is answered.
    package func settled() { links.settled(id) }

    /// It is no more.
    package func closed() { links.closed(id) }

    package static func == (left: OwnLink, right: OwnLink) -> Bool { left.links === right.links && left.id == right.id }

    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
