extension Monitor {
    /// The name of a monitored command and its arguments, in the sender's bytes.
    ///
    /// They are taken out of the line when they are asked for: a watcher that looks at the name and the key pays for
    /// these two.
    public struct Arguments: RandomAccessCollection, Sendable {
        /// Where an argument begins in the line, twice; plus one when it holds escapes. It ends before the quote, the
        /// blank and the quote that stand between it and the next one.
        @usableFromInline typealias Place = UInt32
        // One reference for the line and for the places of many arguments: a command is copied often.

        /// The line among others, or alone with the places of all arguments behind it, eight bytes each, when there are
        /// many.
        @usableFromInline let storage: [UInt8]
        @usableFromInline let lineStart: Int
        @usableFromInline let lineLength: UInt32
        @usableFromInline let argumentCount: UInt32
        /// The places, when there are few; commands rarely have more arguments.
        @usableFromInline let places: InlineArray<6, Place>

        /// Reads the arguments behind a header. `nil` when the line does not go on as it should.
        @inline(__always)
        init?(_ storage: [UInt8], _ line: Range<Int>, behind header: MonitorLine, _ marks: inout MonitorLine.Marks) {
            guard let lineLength = UInt32(exactly: line.count), lineLength <= UInt32.max / 2 else { return nil }
            let bytes = storage.span.rawBytes.part(line)
            var places = InlineArray<6, Place>(repeating: 0)
            var count = 0
            var start = header.argumentsStart + 1
            while true {
                guard let argument = MonitorLine.argument(bytes, at: start, &marks) else { return nil }
                if count < places.count { places[count] = Place(truncatingIfNeeded: start << 1) | argument.escapes }
                count += 1
                if argument.end + 1 == bytes.byteCount { break }
                start = argument.end + 3
            }
            self.lineLength = lineLength
            argumentCount = UInt32(truncatingIfNeeded: count)
            self.places = places
            if count <= places.count {
                self.storage = storage
                lineStart = line.lowerBound
            } else {
                self.storage = Self.withTable(bytes, from: header.argumentsStart, count)
                lineStart = 0
            }
        }

        /// The line, and behind it the places of its arguments.
        private static func withTable(_ line: RawSpan, from start: Int, _ count: Int) -> [UInt8] {
            var storage: [UInt8] = []
            storage.reserveCapacity(line.byteCount + count * 8)
            storage.append(line)
            var index = start
            while index < line.byteCount, let argument = MonitorLine.nextArgument(line, at: &index) {
                let place = UInt64(argument.range.lowerBound << 1 | (argument.isEscaped ? 1 : 0)).littleEndian
                for shift in 0..<8 { storage.append(UInt8(truncatingIfNeeded: place >> (8 * UInt64(shift)))) }
            }
            return storage
        }

        /// The whole line.
        var line: RedisBytes { RedisBytes(storage: storage, start: lineStart, count: Int(lineLength)) }

        @inlinable @inline(__always)
        func place(_ position: Int) -> Place {
            argumentCount <= 6 ? places[position] : placeInTable(position)
        }

        @usableFromInline
        func placeInTable(_ position: Int) -> Place {
            let place = storage.span.rawBytes.word(at: lineStart + Int(lineLength) + position * 8)
            return Place(truncatingIfNeeded: UInt64(littleEndian: place))
        }

        /// Where an argument lies in the storage, without its quotes.
        @inlinable @inline(__always)
        func range(_ position: Int) -> Range<Int> {
            let start = Int(place(position) >> 1)
            let isLast = position + 1 == Int(argumentCount)
            let end = isLast ? Int(lineLength) - 1 : Int(place(position + 1) >> 1) - 3
            return (lineStart + start)..<(lineStart + end)
        }

        /// How many there are; at least one.
        @inlinable public var count: Int { Int(argumentCount) }

        /// The first index, always 0: that of the command's name.
        @inlinable public var startIndex: Int { 0 }

        /// The index after the last argument.
        @inlinable public var endIndex: Int { Int(argumentCount) }

        /// The bytes of one, without quotes and escapes. Where there are no escapes they share the memory of all lines
        /// of the read, up to some 64 KiB: what is kept for long, a key in a table for instance, keep as
        /// `arguments[1].compacted()`. `position` must be in `0..<count`.
        @inlinable public subscript(position: Int) -> RedisBytes {
            precondition(position >= 0 && position < count, "index out of range")
            let range = range(position)
            if place(position) & 1 == 1 { return unescaped(range) }
            return RedisBytes(storage: storage, start: range.lowerBound, count: range.count)
        }

        @usableFromInline
        func unescaped(_ range: Range<Int>) -> RedisBytes {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(range.count)
            _ = MonitorLine.appendUnescaped(storage.span.rawBytes.part(range), to: &bytes)
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
