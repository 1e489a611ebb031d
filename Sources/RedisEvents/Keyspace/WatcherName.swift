/// How those who watch a server's keys know of each other: by the names of the links over which they look at the setting,
/// which `CLIENT LIST` shows. Nothing is written to the server, and a watcher that dies takes its name along.
package struct WatcherName: Hashable, Sendable {
    private static let word = "keywatch"

    /// Tells watchers apart.
    package let mark: String
    /// The flags that it needs.
    package let needed: NotificationFlags
    /// What the setting was before the first of all watchers changed it, as far as this one knows.
    package let before: NotificationFlags?
    /// How often it has set flags that were off.
    package let writes: Int
    /// Which these were, the last time.
    package let absent: NotificationFlags

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
    package init?(_ name: Substring) {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).suffix(6)
        guard parts.count == 6, let first = parts.first, first.hasSuffix(Self.word) else { return nil }
        let fields = Array(parts.dropFirst())
        mark = String(fields[0])
        needed = NotificationFlags(String(fields[1]))
        before = fields[2].hasPrefix("=") ? NotificationFlags(String(fields[2].dropFirst())) : nil
        writes = Int(fields[3]) ?? 0
        absent = NotificationFlags(String(fields[4]))
    }

    /// As a client's name, behind the one that the user chose.
    package func text(behind prefix: String?) -> String {
        let head = prefix.map { "\($0)-" } ?? ""
        let old = before.map { "=\($0)" } ?? ""
        return "\(head)\(Self.word):\(mark):\(needed):\(old):\(writes):\(absent)"
    }

    /// The watchers in what `CLIENT LIST` says: a line a client, `id=7 addr=… name=… …`. Names hold no blanks.
    package static func all(in list: String) -> [WatcherName] {
        list.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("name=") }.flatMap { WatcherName($0.dropFirst(5)) }
        }
    }
}
