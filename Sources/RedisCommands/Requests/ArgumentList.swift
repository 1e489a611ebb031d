/// An option of a command: as many arguments as it has.
protocol ArgumentList: Sendable {
    /// How many arguments `append` appends.
    var argumentCount: Int { get }

    /// Appends the arguments.
    func append(to writer: inout RedisArgumentWriter)
}

extension Optional: ArgumentList where Wrapped: ArgumentList {
    var argumentCount: Int { self?.argumentCount ?? 0 }

    func append(to writer: inout RedisArgumentWriter) { self?.append(to: &writer) }
}

extension Array: ArgumentList where Element: ArgumentList {
    var argumentCount: Int { reduce(0) { $0 + $1.argumentCount } }

    func append(to writer: inout RedisArgumentWriter) { for element in self { element.append(to: &writer) } }
}

/// An option that is one word, its raw value.
protocol ArgumentWord: ArgumentList, RawRepresentable where RawValue == String {}

extension ArgumentWord {
    var argumentCount: Int { 1 }

    func append(to writer: inout RedisArgumentWriter) { writer.append(rawValue) }
}

extension RedisCommand {
    /// A command of `count` arguments, its name included, of which `write` appends those behind the name.
    init(_ name: StaticString, count: Int, _ write: (inout RedisArgumentWriter) -> Void) {
        self.init(argumentCount: count, capacity: 24 * count + 16) { writer in
            writer.append(name)
            write(&writer)
        }
    }
}

/// A time as servers take it. A part of a millisecond counts as a whole one, so that nothing expires too early and a
/// short time does not become zero, which has another meaning. A time of more than 2⁶² ms counts as that: old servers
/// add it to their clock without a look at the end of the numbers.
package struct Milliseconds: RedisBytesConvertible {
    private static let longest = 1 << 62

    package let count: Int

    package init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (product, isOver) = Int(seconds).multipliedReportingOverflow(by: 1000)
        let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let (sum, isFar) = product.addingReportingOverflow(Int(whole) + (rest > 0 ? 1 : 0))
        let milliseconds = isOver || isFar ? (seconds < 0 ? .min : .max) : sum
        count = min(max(milliseconds, -Self.longest), Self.longest)
    }

    package init(_ time: RedisTimestamp) {
        let (quotient, remainder) = time.microseconds.quotientAndRemainder(dividingBy: 1000)
        count = Int(quotient) + (remainder > 0 ? 1 : 0)
    }

    package var redisBytes: RedisBytes { count.redisBytes }

    package func write(to writer: inout RedisArgumentWriter) { writer.append(count) }
}

/// Names and values, as MSET, HSET and XADD take them: `["name": "Ann", "age": 30]`, or a dictionary, or any sequence
/// of pairs. The order stays.
public struct RedisPairs: Sendable, ExpressibleByDictionaryLiteral {
    /// The names and values one after the other, in the form in which commands are sent.
    private let list: RedisCommand

    /// The pairs of a literal: text, bytes and numbers as they come.
    public init(dictionaryLiteral elements: (any RedisBytesConvertible, any RedisBytesConvertible)...) {
        list = RedisCommand(argumentCount: 2 * elements.count, capacity: 48 * elements.count + 16) { writer in
            for (name, value) in elements {
                name.write(to: &writer)
                value.write(to: &writer)
            }
        }
    }

    /// The pairs of a dictionary, in no order.
    public init<Name: RedisBytesConvertible, Value: RedisBytesConvertible>(_ pairs: [Name: Value]) {
        self.init(Array(pairs).map { ($0.key, $0.value) })
    }

    /// The pairs of a sequence, in its order.
    public init<Name: RedisBytesConvertible, Value: RedisBytesConvertible>(_ pairs: some Sequence<(Name, Value)>) {
        let pairs = Array(pairs)
        list = RedisCommand(argumentCount: 2 * pairs.count, capacity: 48 * pairs.count + 16) { writer in
            for (name, value) in pairs {
                name.write(to: &writer)
                value.write(to: &writer)
            }
        }
    }

    /// The number of pairs.
    public var count: Int { list.argumentCount / 2 }

    /// The names and values one after the other.
    package var arguments: [RedisBytes] { list.arguments }
}

extension RedisPairs: ArgumentList {
    var argumentCount: Int { list.argumentCount }

    func append(to writer: inout RedisArgumentWriter) {
        var reader = ArgumentReader(list.encoded)
        while let range = reader.next() {
            writer.append(RedisBytes(storage: list.encoded, start: range.lowerBound, count: range.count))
        }
    }
}
