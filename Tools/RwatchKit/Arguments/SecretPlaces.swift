import RedisCore

/// The parts of a command line that the process list must not show.
package struct SecretPlaces: Sendable, Equatable {
    /// A part of an argument.
    package struct Place: Sendable, Equatable {
        /// The number of the argument; 0 is the first after the program's name.
        package var argument: Int
        /// The bytes of the part.
        package var bytes: Range<Int>

        /// Names a part of an argument.
        package init(argument: Int, bytes: Range<Int>) {
            self.argument = argument
            self.bytes = bytes
        }
    }

    /// The parts in the order in which they were found. Some may overlap.
    package private(set) var all: [Place] = []

    /// None yet.
    package init() {}

    /// Adds the secret parts of a value, which is in `argument` from `offset` on.
    mutating func add(_ value: some Collection<UInt8>, _ secrecy: OptionRule.Secrecy, _ argument: Int, from offset: Int)
    {
        for range in Self.secrets(Array(value), secrecy) where !range.isEmpty {
            all.append(Place(argument: argument, bytes: (offset + range.lowerBound)..<(offset + range.upperBound)))
        }
    }

    /// Adds whole arguments: a word that was not understood may be a password.
    mutating func addAll(_ arguments: [[UInt8]], from first: Int = 0) {
        for index in arguments.indices.dropFirst(first) { add(arguments[index], .whole, index, from: 0) }
    }

    private static func secrets(_ value: [UInt8], _ secrecy: OptionRule.Secrecy) -> [Range<Int>] {
        switch secrecy {
        case .whole: [0..<value.count]
        case .url: RedisConfiguration.secrets(inURL: value)
        case .host where !isURL(value): [0..<(value.lastIndex(of: UInt8(ascii: "@")) ?? 0)]
        // A URL in place of a name was meant for another option.
        case .none, .host: isURL(value) && mayHoldSecret(value) ? RedisConfiguration.secrets(inURL: value) : []
        }
    }

    private static func isURL(_ value: [UInt8]) -> Bool {
        value.indices.contains { value[$0] == UInt8(ascii: ":") && value[$0...].starts(with: "://".utf8) }
    }

    private static func mayHoldSecret(_ value: [UInt8]) -> Bool {
        value.contains(UInt8(ascii: "@")) || value.contains(UInt8(ascii: "?"))
    }
}
