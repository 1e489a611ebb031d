/// How those who watch a server's keys know of each other: by the names of the links over which they look at the setting,
/// which `CLIENT LIST` shows. Nothing is written to the server, and a watcher that dies takes its name along.
package struct WatcherName: Hashable, Sendable {
    private static let word = "keywatch"

    /// Tells watchers apart.
    package let mark: String
    /// The flags that it needs.
    package let needed: NotificationFlags
    /// What the setting was before the first of all watchers changed it, as far as this one knows.
    package private(set) var before: NotificationFlags?
    /// How often it has set flags that were off.
    package let writes: Int
    /// Which these were, the last time.
    package let absent: NotificationFlags
    /// The user of its link, as the server says; `nil` where there are no users (before 6.0).
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

    /// `nil` for the name of anybody else.
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

    /// Names are shorter: a user's own in front of some flags and numbers. Anybody may call a link whatever he likes.
    private static let longestName = 1024
    /// So many watchers are looked for in a list of clients.
    private static let mostWatchers = 16_384

    /// As a client's name, behind the one that the user chose.
    package func text(behind prefix: String?) -> String {
        let head = prefix.map { "\($0)-" } ?? ""
        let old = before.map { "=\($0)" } ?? ""
        return "\(head)\(Self.word):\(mark):\(needed):\(old):\(writes):\(absent)"
    }

    /// The watchers in what `CLIENT LIST` says: a line a client, `id=7 addr=… name=… … user=… …`. Names hold no blanks.
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

    /// The others among `all`, as the watcher of `mark` sees them. Anybody may call his link so, and needs no right to the setting
    /// for it: what it was before is only believed of those whose links have the user of its own. What others need holds always: by
    /// a lie about that the setting stays as it is.
    package static func others(in all: [WatcherName], than mark: String) -> [WatcherName] {
        let users = Set(all.filter { $0.mark == mark }.map(\.user))
        return all.filter { $0.mark != mark }.map { other in
            var other = other
            if users != [other.user] { other.before = nil }
            return other
        }
    }
}
