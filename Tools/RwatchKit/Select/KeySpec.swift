import RedisRESP

/// A rule for the places of keys among the arguments of a command, the name being at 0: a server's key specification
/// (https://redis.io/docs/latest/develop/reference/key-specs/), or what servers do not tell by one.
package enum KeySpec: Sendable, Equatable {
    /// Where a specification begins.
    package enum Begin: Sendable, Equatable {
        case index(Int)
        /// Behind a keyword in lower case, looked for from an argument on; a negative one counts from the end, and the
        /// search goes backwards then.
        case keyword([UInt8], from: Int)
    }

    /// How the keys follow from there.
    package enum Find: Sendable, Equatable {
        /// Each `step`-th argument up to `last`, which is counted from the beginning, or from the end of the command if
        /// it is negative. With a `limit`, only that part of what is left.
        case range(last: Int, step: Int, limit: Int)
        /// Argument `index` from the beginning is the number of keys, and argument `first` the first of them.
        case counted(index: Int, first: Int, step: Int)
    }

    case search(Begin, Find)
    /// The destination of SORT's STORE, among options from an argument on. A server marks it as unknown.
    case sortDestination(from: Int)
    /// The key of MIGRATE, or those behind its KEYS. A server marks them as incomplete.
    case migrate

    /// A single key.
    package static func single(_ index: Int) -> KeySpec { .search(.index(index), .range(last: 0, step: 1, limit: 0)) }
}

/// The places of some keys.
struct KeyPlaces: Equatable {
    /// Each `step`-th argument from `first` to `last`; none if `last` is less than `first`.
    var first: Int
    var last: Int
    var step: Int

    static let none = KeyPlaces(first: 1, last: 0, step: 1)
}

extension KeySpec {
    /// Numbers of a server beyond this are not used.
    static let largest = 1 << 30

    /// The places of the keys in a command. A malformed command has none: any server replies with an error.
    ///
    /// - Parameters:
    ///   - line: The MONITOR line.
    ///   - arguments: The line's arguments.
    /// - Returns: The places, all of them within the command; `nil` when the line is broken where it matters.
    func places(in line: RawSpan, _ arguments: inout LineArguments) -> KeyPlaces? {
        switch self {
        case .search(let begin, let find):
            guard let start = begin.start(in: line, &arguments) else {
                return arguments.isBroken ? nil : KeyPlaces.none
            }
            return find.places(from: start, in: line, &arguments)
        case .sortDestination(let start): return Self.sortDestination(from: start, in: line, &arguments)
        case .migrate: return Self.migrateKeys(in: line, &arguments)
        }
    }

    private static func sortDestination(from start: Int, in line: RawSpan, _ arguments: inout LineArguments)
        -> KeyPlaces?
    {
        guard let count = arguments.count(in: line) else { return nil }
        var place: Int?
        var index = start
        while index < count {
            guard let word = arguments.argument(index, in: line)?.span(in: line) else { return nil }
            if ASCIICase.matches(word, lowered: Words.store.rawSpan) {
                // The last one counts.
                if index + 1 < count { place = index + 1 }
                index += 2
            } else if ASCIICase.matches(word, lowered: Words.by.rawSpan)
                || ASCIICase.matches(word, lowered: Words.get.rawSpan)
            {
                index += 2
            } else if ASCIICase.matches(word, lowered: Words.limit.rawSpan) {
                index += 3
            } else {
                index += 1
            }
        }
        return place.map { KeyPlaces(first: $0, last: $0, step: 1) } ?? KeyPlaces.none
    }

    private static func migrateKeys(in line: RawSpan, _ arguments: inout LineArguments) -> KeyPlaces? {
        guard let key = arguments.argument(3, in: line) else { return arguments.isBroken ? nil : KeyPlaces.none }
        guard key.start == key.end else { return KeyPlaces(first: 3, last: 3, step: 1) }
        guard let count = arguments.count(in: line) else { return nil }
        var index = 6
        while index < count {
            guard let word = arguments.argument(index, in: line)?.span(in: line) else { return nil }
            if ASCIICase.matches(word, lowered: Words.keys.rawSpan) {
                return KeyPlaces(first: index + 1, last: count - 1, step: 1)
            }
            if ASCIICase.matches(word, lowered: Words.auth.rawSpan) {
                index += 2
            } else if ASCIICase.matches(word, lowered: Words.auth2.rawSpan) {
                index += 3
            } else {
                index += 1
            }
        }
        return KeyPlaces.none
    }

    private enum Words {
        static let store = Array("store".utf8)
        static let by = Array("by".utf8)
        static let get = Array("get".utf8)
        static let limit = Array("limit".utf8)
        static let keys = Array("keys".utf8)
        static let auth = Array("auth".utf8)
        static let auth2 = Array("auth2".utf8)
    }
}

extension KeySpec.Begin {
    /// The argument that the specification begins with; `nil` when there is none.
    func start(in line: RawSpan, _ arguments: inout LineArguments) -> Int? {
        switch self {
        case .index(let index):
            return index > 0 && arguments.argument(index, in: line) != nil ? index : nil
        case .keyword(let word, let from) where from > 0:
            // A keyword at the very end has nothing behind it.
            var index = from
            while let argument = arguments.argument(index, in: line) {
                if ASCIICase.matches(argument.span(in: line), lowered: word.rawSpan) {
                    return arguments.argument(index + 1, in: line) == nil ? nil : index + 1
                }
                index += 1
            }
            return nil
        case .keyword(let word, let from):
            guard let count = arguments.count(in: line) else { return nil }
            var index = min(count + from, count - 2)
            while index > 0, let argument = arguments.argument(index, in: line) {
                if ASCIICase.matches(argument.span(in: line), lowered: word.rawSpan) { return index + 1 }
                index -= 1
            }
            return nil
        }
    }
}

extension KeySpec.Find {
    /// The places of the keys, counted from argument `start`, which exists.
    func places(from start: Int, in line: RawSpan, _ arguments: inout LineArguments) -> KeyPlaces? {
        switch self {
        case .range(let last, let step, let limit):
            if last == 0 { return KeyPlaces(first: start, last: start, step: 1) }
            guard step > 0 else { return KeyPlaces.none }
            guard let count = arguments.count(in: line) else { return nil }
            let end =
                if last > 0 {
                    start + last
                } else if limit <= 1 {
                    count + last
                } else {
                    start + (count - start) / limit + last
                }
            return KeyPlaces(first: start, last: min(end, count - 1), step: step)
        case .counted(let index, let first, let step):
            guard let number = arguments.argument(start + index, in: line) else {
                return arguments.isBroken ? nil : KeyPlaces.none
            }
            guard step > 0, !number.isEscaped, let keys = Self.number(number.span(in: line)), keys > 0 else {
                return KeyPlaces.none
            }
            guard let count = arguments.count(in: line) else { return nil }
            let begin = start + first
            guard begin > 0, begin < count, keys - 1 <= (count - 1 - begin) / step else { return KeyPlaces.none }
            return KeyPlaces(first: begin, last: begin + (keys - 1) * step, step: step)
        }
    }

    /// A number of keys in decimal digits; `nil` for anything else, and for one that no command can have.
    private static func number(_ text: RawSpan) -> Int? {
        guard text.byteCount > 0, text.byteCount <= 10 else { return nil }
        var value = 0
        for index in 0..<text.byteCount {
            let digit = text.byte(at: index) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }
}
