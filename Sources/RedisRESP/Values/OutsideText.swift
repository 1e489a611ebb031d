// Text from outside is compared byte by byte. Swift compares strings by Unicode's rules: canonically equal texts are
// equal, a blank with an accent is not a blank, and the end of a character has to be searched from its beginning. A
// server, or anybody whose text a server sends, could make that slow, and could make a line mean different things to us
// and to others.

extension Collection<UInt8> {
    /// Whether the bytes begin with those of `text`.
    package func begins(with text: String) -> Bool { starts(with: text.utf8) }

    /// The first position of the bytes of `text`. The time is proportional to the product of both lengths, so `text`
    /// should be short.
    ///
    /// - Parameters:
    ///   - text: The text to find.
    ///   - ignoringCase: Whether ASCII letters are compared without case. `text` must be in lower case then.
    /// - Returns: The position, or `nil` if the text is not found.
    package func firstRange(ofText text: String, ignoringCase: Bool = false) -> Range<Index>? {
        let wanted = Array(text.utf8)
        var start = startIndex
        while true {
            var end = start
            var count = 0
            while count < wanted.count, end != endIndex,
                wanted[count] == (ignoringCase ? self[end].inSmallLetters : self[end])
            {
                count += 1
                formIndex(after: &end)
            }
            if count == wanted.count { return start..<end }
            if start == endIndex { return nil }
            formIndex(after: &start)
        }
    }

    /// Whether these bytes contain the bytes of `text`. The parameters are those of `firstRange(ofText:ignoringCase:)`.
    package func containsText(_ text: String, ignoringCase: Bool = false) -> Bool {
        firstRange(ofText: text, ignoringCase: ignoringCase) != nil
    }

    /// The number in decimal digits, with an optional sign. `nil` for anything else, and for a number that does not
    /// fit.
    @inlinable
    package func decimal<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        var rest = prefix(21)
        if rest.count > 20 { return nil }
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.isEmpty { return nil }
        var value: Number = 0
        for byte in rest {
            guard let digit = Number(exactly: byte &- UInt8(ascii: "0")), digit <= 9 else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if isTooLarge || isBeyond { return nil }
            value = sum
        }
        return value
    }

    /// The text of at most `limit` bytes that are all printable ASCII, as in the names, versions and numbers of
    /// servers. `nil` for anything else. Two such texts are equal when their bytes are.
    package func plainText(upTo limit: Int) -> String? {
        let bytes = prefix(limit + 1)
        guard bytes.count <= limit, bytes.allSatisfy({ 0x20...0x7e ~= $0 }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first word, with which an error begins, if it is one of at most 64 printable ASCII characters.
    package var firstWord: String? {
        let word = prefix(65).prefix { $0 != UInt8(ascii: " ") }.plainText(upTo: 64)
        return word?.isEmpty == true ? nil : word
    }
}

extension UInt8 {
    fileprivate var inSmallLetters: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self + 0x20 : self }
}

extension RedisBytes {
    /// The lines, without their ends and without empty lines.
    package var lines: OutsideLines { OutsideLines(self) }

    /// The value after `name=` in a line of such fields, as in CLIENT LIST and the statistics of INFO. Names and values
    /// contain no separator.
    package func value(ofField name: String, separator: UInt8) -> RedisBytes? {
        let start = name.utf8.count + 1
        var from = 0
        while from < count {
            let end = rawSpan.firstIndex(of: separator, from: from) ?? count
            let field = slice(from..<end)
            if field.count >= start, field[start - 1] == UInt8(ascii: "="), field.begins(with: name) {
                return field.slice(start..<field.count)
            }
            from = end + 1
        }
        return nil
    }
}

/// The lines of a text, one after the other. They share its memory.
package struct OutsideLines: Sequence, IteratorProtocol {
    private let text: RedisBytes
    private var start = 0

    fileprivate init(_ text: RedisBytes) { self.text = text }

    package mutating func next() -> RedisBytes? {
        while start < text.count {
            let feed = text.rawSpan.firstIndex(of: UInt8(ascii: "\n"), from: start) ?? text.count
            let begin = start
            start = feed + 1
            let end = feed > begin && text[feed - 1] == UInt8(ascii: "\r") ? feed - 1 : feed
            if end > begin { return text.slice(begin..<end) }
        }
        return nil
    }
}

/// Lines `name:value`, as in the replies of INFO and CLUSTER INFO.
package struct OutsideFields {
    /// The most bytes of a text that are read: 1 MiB. Servers send some ten KiB.
    package static let longestText = 1 << 20

    private var values: [RedisBytes: RedisBytes] = [:]

    /// Reads the fields with these names. Of a field that is repeated, the first counts.
    package init(_ text: RedisBytes, _ names: Set<RedisBytes>) {
        let read = text.slice(0..<Swift.min(text.count, Self.longestText))
        for line in read.lines {
            guard let colon = line.rawSpan.firstIndex(of: UInt8(ascii: ":"), from: 0) else { continue }
            let name = line.slice(0..<colon)
            if names.contains(name), values[name] == nil { values[name] = line.slice((colon + 1)..<line.count) }
        }
    }

    /// The value of a field, in memory that it shares with the text.
    package subscript(_ name: RedisBytes) -> RedisBytes? { values[name] }
}

extension Int {
    /// The highest accepted count from outside, 2⁵⁶: a hundred of them can be added without overflow.
    package static let highestCount = 1 << 56

    /// The number as a count; `nil` when it is negative or more than `highestCount`.
    package var asCount: Int? { 0...Self.highestCount ~= self ? self : nil }

    /// The count that is nearest to the number.
    package var nearestCount: Int { Swift.min(Swift.max(self, 0), Self.highestCount) }

    /// The sum, or the nearest number that there is.
    package func addingSaturated(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? (other < 0 ? .min : .max) : sum
    }
}

extension Int {
    /// So many bytes in words: `1 byte`, `6 bytes`.
    package var inBytes: String { self == 1 ? "1 byte" : "\(self) bytes" }
}
