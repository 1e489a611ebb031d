/// The flags of `notify-keyspace-events`: K and E for the two families of channels, a letter for each class of events.
package struct NotificationFlags: Hashable, CustomStringConvertible {
    /// The classes that A includes. The server shows A in their place when all of them are set.
    private static let all = "g$lshzxetd"
    /// The order in which the flags are written.
    private static let order = Array((all + "KEmnoc").utf8)

    private var letters: Set<UInt8>

    /// Reads flags as the configuration contains them. An A counts as the classes that it includes. Characters other
    /// than letters, digits and `$` are flags of no server.
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

    /// Flags that CONFIG GET does not show beside an A, whether they are set or not: n (seen from Redis 7.0 to Valkey
    /// 9.1), o and c.
    package static let neverShown = NotificationFlags("noc")

    /// Whether flags may be set that are not shown.
    package var mayHideSome: Bool { letters.isSuperset(of: Self.all.utf8) }

    /// These flags, with the class of modules added if only that class is missing in A: people write an A for all
    /// classes.
    package var rounded: NotificationFlags {
        letters.isSuperset(of: Set(Self.all.utf8).subtracting("d".utf8)) ? union(NotificationFlags("d")) : self
    }

    /// Whether CONFIG GET shows both in the same way.
    package func looksLike(_ other: NotificationFlags) -> Bool {
        self == other || mayHideSome && other.mayHideSome && subtracting(.neverShown) == other.subtracting(.neverShown)
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

    /// The text for the configuration: an A for all classes, the rest in a fixed order.
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

// MARK: - Requested and existing flags

extension NotificationFlags {
    /// The flags that events of these names need on channels of a family. Without names, all classes except that of
    /// modules.
    package init(for names: [KeyspaceEvents.KeyEvent.Name], on family: KeyspaceChannel.Family) {
        var letters = Set(names.compactMap(\.classLetter))
        // The class of an unknown name cannot be known; the family is checked all the same.
        if names.isEmpty { letters = Set(Self.all.utf8).subtracting("d".utf8) }
        letters.insert(family == .keyspace ? UInt8(ascii: "K") : UInt8(ascii: "E"))
        self.init(letters)
    }

    /// The flags of `needed` that are known to be off, and those that may be on but are never shown.
    package func lacking(_ needed: NotificationFlags) -> (missing: NotificationFlags, unknown: NotificationFlags) {
        let absent = needed.subtracting(self)
        let unknown = mayHideSome ? absent.intersection(.neverShown) : NotificationFlags([])
        return (absent.subtracting(unknown), unknown)
    }

    /// The texts to try in this order, so that these flags and `more` are set and no flag is removed; the first one
    /// that the server accepts counts. Flags that are never shown are written too, and not every server knows each of
    /// them. `rounding` adds the class of modules if only that class is missing in A.
    package func settings(adding more: NotificationFlags, rounding: Bool = true) -> [NotificationFlags] {
        let target = rounding ? union(more).rounded : union(more)
        // There was no A that hides flags, so flags that are not shown are off.
        guard mayHideSome else { return [target] }
        var tries: [NotificationFlags] = []
        for extra in ["noc", "n", ""] {
            let candidate = target.union(NotificationFlags(extra))
            if !tries.contains(candidate) { tries.append(candidate) }
        }
        return tries
    }
}
