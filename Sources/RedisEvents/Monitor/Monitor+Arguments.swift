extension Monitor {
    /// The name of a monitored command and its arguments, in the sender's bytes.
    ///
    /// They are taken out of the line when they are asked for: a watcher that looks at the name and the key pays for these two.
    public struct Arguments: RandomAccessCollection, Sendable {
        /// Where an argument lies in the line, and in the lowest bit whether it holds escapes.
        private typealias Place = UInt32

        let line: RedisBytes
        /// How many there are; at least one.
        public let count: Int
        /// The first ones. Commands rarely have more.
        private let places: InlineArray<6, Place>
        /// All, when there are more or the line is too long for a `Place`.
        private let all: [MonitorLine.Argument]?

        /// `nil` when the line does not go on as it should from `start`, where the first quote stands.
        init?(_ line: RedisBytes, from start: Int) {
            let bytes = line.rawSpan
            var places = InlineArray<6, Place>(repeating: 0)
            var count = 0
            var index = start
            repeat {
                guard let argument = MonitorLine.nextArgument(bytes, at: &index),
                    !argument.isEscaped || MonitorLine.isWellEscaped(bytes.part(argument.range))
                else { return nil }
                if count < places.count { places[count] = Self.place(of: argument) }
                count += 1
            } while index < bytes.byteCount
            self.line = line
            self.count = count
            self.places = places
            all = count > places.count || line.count > Int(Int16.max) ? MonitorLine.arguments(bytes, from: start) : nil
        }

        private static func place(of argument: MonitorLine.Argument) -> Place {
            Place(truncatingIfNeeded: argument.range.lowerBound << 17 | argument.range.upperBound << 1)
                | (argument.isEscaped ? 1 : 0)
        }

        private func argument(_ position: Int) -> MonitorLine.Argument {
            if let all { return all[position] }
            let place = places[position]
            return MonitorLine.Argument(
                range: Int(place >> 17)..<Int(place >> 1 & 0xFFFF),
                isEscaped: place & 1 == 1
            )
        }

        /// The first index, always 0: that of the command's name.
        public var startIndex: Int { 0 }

        /// The index after the last argument.
        public var endIndex: Int { count }

        /// The bytes of one, without quotes and escapes. Where there are no escapes they share the memory of all lines of the read, up
        /// to some 64 KiB: what is kept for long, a key in a table for instance, keep as `arguments[1].compacted()`. `position` must be in `0..<count`.
        public subscript(position: Int) -> RedisBytes {
            precondition(position >= 0 && position < count, "index out of range")
            let argument = argument(position)
            if !argument.isEscaped { return line.slice(argument.range) }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(argument.range.count)
            _ = MonitorLine.appendUnescaped(line.rawSpan.part(argument.range), to: &bytes)
            return RedisBytes(bytes)
        }
    }
}

extension Monitor.Arguments: Hashable, CustomStringConvertible {
    /// Whether both are the same bytes, argument by argument.
    public static func == (lhs: Monitor.Arguments, rhs: Monitor.Arguments) -> Bool { lhs.elementsEqual(rhs) }

    /// Whether they are those bytes.
    public static func == (lhs: Monitor.Arguments, rhs: [RedisBytes]) -> Bool { lhs.elementsEqual(rhs) }

    /// Feeds the bytes of all to a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for argument in self { hasher.combine(argument) }
    }

    /// All of them, in quotes and brackets, each as it may be shown.
    public var description: String { "\(Array(self))" }
}
