/// The flags of `notify-keyspace-events`: K and E for the two families of channels, a letter for each class of events.
package struct NotificationFlags: Hashable, CustomStringConvertible {
    /// The classes that A stands for. The server shows A in their place when all of them are set.
    private static let all = "g$lshzxetd"
    /// The order in which the flags are written.
    private static let order = Array((all + "KEmnoc").utf8)

    private var letters: Set<UInt8>

    /// Flags as they are written in the configuration; an A counts as the classes that it stands for. What is neither a letter nor
    /// a digit nor a `$` is a flag of no server.
    package init(_ text: String) {
        letters = Set(text.utf8.filter(Self.mayBeFlag))
        if letters.remove(UInt8(ascii: "A")) != nil { letters.formUnion(Self.all.utf8) }
    }

    private init(_ letters: Set<UInt8>) { self.letters = letters }

    private static func mayBeFlag(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "$"): true
        default: false
        }
    }

    package var isEmpty: Bool { letters.isEmpty }

    /// Flags that CONFIG GET does not show beside an A, set or not: n (seen from Redis 7.0 to Valkey 9.1), o and c.
    package static let shy = NotificationFlags("noc")

    /// Whether flags may be set that are not shown.
    package var mayHideSome: Bool { letters.isSuperset(of: Self.all.utf8) }

    /// The same, with the class of modules where it alone keeps them from being all: people write an A for all.
    package var rounded: NotificationFlags {
        letters.isSuperset(of: Set(Self.all.utf8).subtracting("d".utf8)) ? union(NotificationFlags("d")) : self
    }

    /// Whether CONFIG GET shows both alike.
    package func looksLike(_ other: NotificationFlags) -> Bool {
        self == other || mayHideSome && other.mayHideSome && subtracting(.shy) == other.subtracting(.shy)
    }

    package func union(_ other: NotificationFlags) -> NotificationFlags {
        NotificationFlags(letters.union(other.letters))
    }

    package func intersection(_ other: NotificationFlags) -> NotificationFlags {
        NotificationFlags(letters.intersection(other.letters))
    }

    package func subtracting(_ other: NotificationFlags) -> NotificationFlags {
        NotificationFlags(letters.subtracting(other.letters))
    }

    package func isSuperset(of other: NotificationFlags) -> Bool { letters.isSuperset(of: other.letters) }

    /// As the configuration takes them, an A for all classes, the rest in a fixed order.
    package var description: String {
        var rest = letters
        var text: [UInt8] = []
        if mayHideSome {
            text.append(UInt8(ascii: "A"))
            rest.subtract(Self.all.utf8)
        }
        for letter in Self.order where rest.remove(letter) != nil { text.append(letter) }
        return String(decoding: text + rest.sorted(), as: UTF8.self)
    }
}

// MARK: - What is asked for, and what there is

extension NotificationFlags {
    /// The flags that events of these names need on channels of a family; without names, all classes but that of modules.
    package init(for names: [KeyspaceEvents.KeyEvent.Name], on family: KeyspaceChannel.Family) {
        var letters = Set(names.compactMap(\.classLetter))
        // Nobody can tell the class of a name that is not known; the family is checked all the same.
        if names.isEmpty { letters = Set(Self.all.utf8).subtracting("d".utf8) }
        letters.insert(family == .keyspace ? UInt8(ascii: "K") : UInt8(ascii: "E"))
        self.init(letters)
    }

    /// What `needed` lacks here: flags that are known to be off, and flags that may be set but are never shown.
    package func lacking(_ needed: NotificationFlags) -> (missing: NotificationFlags, unknown: NotificationFlags) {
        let absent = needed.subtracting(self)
        let unknown = mayHideSome ? absent.intersection(.shy) : NotificationFlags([])
        return (absent.subtracting(unknown), unknown)
    }

    /// What to write so that these flags and `more` are set and nothing that is set goes off: the first of the texts that
    /// the server takes. A flag that may be set unseen is written too; not every server knows each of them.
    /// `rounding` sets the class of modules too where it alone keeps an A from standing for all.
    package func settings(adding more: NotificationFlags, rounding: Bool = true) -> [NotificationFlags] {
        let target = rounding ? union(more).rounded : union(more)
        // Before, there was no A to hide behind: what is not shown is off.
        guard mayHideSome else { return [target] }
        var tries: [NotificationFlags] = []
        for extra in ["noc", "n", ""] {
            let candidate = target.union(NotificationFlags(extra))
            if !tries.contains(candidate) { tries.append(candidate) }
        }
        return tries
    }
}
