import RedisRESP

/// Finds names without regard to the case of ASCII letters, and without an allocation: an open hash table. Most names
/// have up to eight bytes, and are compared as one number.
package struct CaselessNames: Sendable {
    private struct Place: BitwiseCopyable {
        /// The name itself if it has up to eight bytes, else a hash of it.
        var word: UInt64 = 0
        /// The position of the name; -1 where there is none.
        var position = -1
    }

    /// The names in lower case.
    private(set) var all: [[UInt8]] = []
    /// A power of two, at least twice as many as names.
    private var places = Array(repeating: Place(), count: 16)

    package init() {}

    /// A table of these names.
    package init(_ names: some Sequence<String>) {
        for name in names { add(Array(name.utf8)) }
    }

    /// How many names there are.
    package var count: Int { all.count }

    /// Adds a name. Returns its position; that of the same name when the name was added before.
    @discardableResult
    package mutating func add(_ name: [UInt8]) -> Int {
        if let found = find(name.rawSpan) { return found }
        all.append(name.map(ASCIICase.lowered))
        if all.count * 2 > places.count {
            places = Array(repeating: Place(), count: places.count * 2)
            for position in all.indices { place(position) }
        } else {
            place(all.count - 1)
        }
        return all.count - 1
    }

    /// The position of a name.
    package func find(_ name: RawSpan) -> Int? { find(in: name, at: 0, count: name.byteCount) }

    /// The position of the name that is in `text`.
    @inline(__always)
    func find(in text: RawSpan, at start: Int, count: Int) -> Int? {
        let word = Self.word(text, start, count)
        var place = Self.slot(word) & (places.count &- 1)
        while true {
            let found = places[place]
            if found.position < 0 { return nil }
            if found.word == word {
                if count <= 8 { return found.position }
                if isName(found.position, text, start, count) { return found.position }
            }
            place = (place &+ 1) & (places.count &- 1)
        }
    }

    private func isName(_ position: Int, _ text: RawSpan, _ start: Int, _ count: Int) -> Bool {
        let name = all[position]
        return ASCIICase.matches(text.part(at: start, count: count), lowered: name.rawSpan)
    }

    private mutating func place(_ position: Int) {
        let name = all[position]
        let word = Self.word(name.rawSpan, 0, name.count)
        var place = Self.slot(word) & (places.count - 1)
        while places[place].position >= 0 { place = (place + 1) & (places.count - 1) }
        places[place] = Place(word: word, position: position)
    }

    @inline(__always)
    private static func slot(_ word: UInt64) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) &>> 33)
    }

    @inline(__always)
    private static func word(_ text: RawSpan, _ start: Int, _ count: Int) -> UInt64 {
        guard count <= 8 else { return hash(text, start, count) }
        // More bytes than the name has are read where there are some, and left out.
        guard count > 0, start &+ 8 <= text.byteCount else { return lastWord(text, start, count) }
        let word = UInt64(littleEndian: text.word(at: start))
        return ASCIICase.lowered(word & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count &* 8)))
    }

    @inline(never)
    private static func lastWord(_ text: RawSpan, _ start: Int, _ count: Int) -> UInt64 {
        var word: UInt64 = 0
        var index = count
        while index > 0 {
            index -= 1
            word = word << 8 | UInt64(text.byte(at: start + index))
        }
        return ASCIICase.lowered(word)
    }

    @inline(never)
    private static func hash(_ text: RawSpan, _ start: Int, _ count: Int) -> UInt64 {
        var state = UInt64(truncatingIfNeeded: count)
        var index = 0
        while index < count {
            state = RawSpan.mix(state ^ word(text, start + index, min(8, count - index)))
            index += 8
        }
        return state
    }
}
