/// The watchers of a server's keys know of each other by the names of their links for checks, which `CLIENT LIST`
/// shows. Nothing is written to the server, and the name of a watcher that dies disappears with its link.
package struct WatcherName: Hashable, Sendable {
    private static let word = "keywatch"

    /// Distinguishes watchers.
    package let mark: String
    /// The flags that the watcher needs.
    package let needed: NotificationFlags
    /// The setting before the first of all watchers changed it, as far as this watcher knows.
    package private(set) var before: NotificationFlags?
    /// How often the watcher has set flags that were off.
    package let writes: Int
    /// The flags that it has set the last time.
    package let absent: NotificationFlags
    /// The user of the watcher's link, as the server reports it; `nil` where there are no users (before 6.0).
    package private(set) var user: RedisBytes?

    package init(
        mark: String,
        needed: NotificationFlags,
        before: NotificationFlags? = nil,
        writes: Int = 0,
        absent: NotificationFlags = NotificationFlags("")
    ) {
        self.mark = mark
        self.needed = needed
        self.before = before
        self.writes = writes
        self.absent = absent
    }

    /// `nil` for a name that is not a watcher's.
    package init?(_ name: RedisBytes) {
        guard name.count <= Self.longestName else { return nil }
        let parts = name.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).suffix(6)
        guard parts.count == 6, let first = parts.first, first.suffix(Self.word.utf8.count).begins(with: Self.word)
        else { return nil }
        let fields = parts.dropFirst().map { $0.plainText(upTo: Self.longestName) }
        guard let mark = fields[0], let needed = fields[1], let before = fields[2], let absent = fields[4] else {
            return nil
        }
        self.mark = mark
        self.needed = NotificationFlags(needed)
        self.before = before.utf8.begins(with: "=") ? NotificationFlags(String(before.dropFirst())) : nil
        writes = fields[3]?.utf8.decimal(Int.self)?.asCount ?? 0
        self.absent = NotificationFlags(absent)
    }

    /// Watchers' names are shorter: a prefix of the user's choice, some flags and some numbers. Anybody may give a link
    /// any name.
    private static let longestName = 1024
    /// At most this many watchers are read from a list of clients.
    private static let mostWatchers = 16_384

    /// The name for the link, after the prefix that the user chose.
    package func text(behind prefix: String?) -> String {
        let head = prefix.map { "\($0)-" } ?? ""
        let old = before.map { "=\($0)" } ?? ""
        return "\(head)\(Self.word):\(mark):\(needed):\(old):\(writes):\(absent)"
    }

    /// The watchers in a reply to `CLIENT LIST`: one line for each client, `id=7 addr=… name=… … user=… …`. Names
    /// contain no blanks.
    package static func all(in list: RedisBytes) -> [WatcherName] {
        let blank = UInt8(ascii: " ")
        var names: [WatcherName] = []
        for line in list.lines {
            guard var name = line.value(ofField: "name", separator: blank).flatMap({ WatcherName($0) }) else {
                continue
            }
            name.user = line.value(ofField: "user", separator: blank)
            names.append(name)
            if names.count == mostWatchers { break }
        }
        return names
    }

    /// The other watchers in `all`, as the watcher `mark` sees them. Anybody may give a link such a name, and needs no
    /// right to change the setting for it. So `before` is only believed if the link has the same user as this
    /// watcher's. `needed` is always believed: a lie can only keep the setting as it is.
    package static func others(in all: [WatcherName], than mark: String) -> [WatcherName] {
        let users = Set(all.filter { $0.mark == mark }.map(\.user))
        return all.filter { $0.mark != mark }.map { other in
            var other = other
            if users != [other.user] { other.before = nil }
            return other
        }
    }
}
