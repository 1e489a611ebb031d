extension Monitor {
    /// The name of a monitored command and its arguments, in the sender's bytes.
    ///
    /// They are taken out of the line when they are asked for: a watcher that looks at the name and the key pays for
    /// these two.
    public struct Arguments: RandomAccessCollection, Sendable {
        // Three words together with the number of the node beside them: a command is moved in registers. Where the
        // arguments lie that have no length here is found when they are asked for.

        /// The line among others; or, when there are many arguments, alone with their places behind it, eight bytes
        /// each: where one begins, twice, plus one when it holds escapes.
        @usableFromInline let storage: [UInt8]
        @usableFromInline let start: UInt32
        @usableFromInline let lineLength: UInt32
        /// The lengths of the first four arguments, a byte each, the lowest for the first. The largest number stands
        /// for an argument that is longer or that holds escapes.
        @usableFromInline let lengths: UInt32
        /// How many there are, or 0 for many.
        @usableFromInline let fewCount: UInt8
        /// Where the first quote stands in the line; the largest number when that is farther.
        @usableFromInline let headerLength: UInt8

        /// The arguments of the line that begins at `start` in `storage`.
        @inline(__always)
        init(_ storage: [UInt8], at start: Int, _ layout: MonitorLine.Layout) {
            lineLength = layout.lineLength
            lengths = layout.lengths
            headerLength = UInt8(clamping: layout.argumentsStart)
            if layout.argumentCount <= 8, start <= Int(UInt32.max) {
                self.storage = storage
                self.start = UInt32(truncatingIfNeeded: start)
                fewCount = UInt8(truncatingIfNeeded: layout.argumentCount)
            } else {
                self.storage = Self.withTable(storage, at: start, layout)
                self.start = 0
                fewCount = 0
            }
        }

        /// The line, and behind it the places of its arguments.
        @inline(never)
        private static func withTable(_ storage: [UInt8], at start: Int, _ layout: MonitorLine.Layout) -> [UInt8] {
            let line = storage.span.rawBytes.part(start..<(start + Int(layout.lineLength)))
            var copy: [UInt8] = []
            copy.reserveCapacity(line.byteCount + Int(layout.argumentCount) * 8)
            copy.append(line)
            var index = Int(layout.argumentsStart)
            while index < line.byteCount, let argument = MonitorLine.nextArgument(line, at: &index) {
                let place = UInt64(argument.range.lowerBound << 1 | (argument.isEscaped ? 1 : 0))
                for shift in 0..<8 { copy.append(UInt8(truncatingIfNeeded: place >> (8 * UInt64(shift)))) }
            }
            return copy
        }

        @inlinable var lineStart: Int { Int(start) }

        /// The whole line.
        var line: RedisBytes { RedisBytes(storage: storage, start: lineStart, count: Int(lineLength)) }

        /// Where the first quote stands in the line.
        @inlinable var firstQuote: Int { headerLength < .max ? Int(headerLength) : farQuote }

        @usableFromInline var farQuote: Int { MonitorLine(line.rawSpan)?.argumentsStart ?? Int(lineLength) }

        /// Where the argument with that number lies in the storage, without its quotes, whose opening quote stands
        /// there in the line.
        @inlinable @inline(__always)
        func argument(_ position: Int, behind quote: Int) -> MonitorLine.Argument {
            let length = position < 4 ? lengths >> UInt32(truncatingIfNeeded: position &* 8) & 0xFF : 0xFF
            guard length < 0xFF else { return argument(behind: quote) }
            let first = lineStart &+ quote &+ 1
            return MonitorLine.Argument(range: first..<(first &+ Int(length)))
        }

        /// Where the argument lies in the storage, without its quotes, whose opening quote stands there in the line.
        @usableFromInline
        func argument(behind quote: Int) -> MonitorLine.Argument {
            var index = lineStart + quote
            let end = lineStart + Int(lineLength)
            return MonitorLine.nextArgument(storage.span.rawBytes.part(0..<end), at: &index)
                ?? MonitorLine.Argument(range: end..<end)
        }

        /// Where one of them lies in the storage.
        @inlinable
        func argument(_ position: Int) -> MonitorLine.Argument {
            if fewCount == 0 { return argumentInTable(position) }
            var found = argument(0, behind: firstQuote)
            for next in 1..<(position &+ 1) { found = argument(next, behind: found.range.upperBound - lineStart + 2) }
            return found
        }

        @usableFromInline
        func argumentInTable(_ position: Int) -> MonitorLine.Argument {
            let table = storage.span.rawBytes
            let places = Int(lineLength) + position * 8
            let place = Int(UInt64(littleEndian: table.word(at: places)))
            let isLast = places + 8 == storage.count
            let next = isLast ? Int(lineLength) + 2 : Int(UInt64(littleEndian: table.word(at: places + 8))) >> 1
            return MonitorLine.Argument(range: (place >> 1)..<(next - 3), isEscaped: place & 1 == 1)
        }

        /// How many there are; at least one.
        @inlinable public var count: Int {
            fewCount > 0 ? Int(fewCount) : (storage.count - Int(lineLength)) / 8
        }

        /// The first index, always 0: that of the command's name.
        @inlinable public var startIndex: Int { 0 }

        /// The index after the last argument.
        @inlinable public var endIndex: Int { count }

        /// The bytes of one, without quotes and escapes. Where there are no escapes they share the memory of all lines
        /// of the read, up to some 64 KiB: what is kept for long, a key in a table for instance, keep as
        /// `arguments[1].compacted()`. `position` must be in `0..<count`.
        @inlinable public subscript(position: Int) -> RedisBytes {
            precondition(position >= 0 && position < count, "index out of range")
            return bytes(of: argument(position))
        }

        @inlinable @inline(__always)
        func bytes(of argument: MonitorLine.Argument) -> RedisBytes {
            if argument.isEscaped { return unescaped(argument.range) }
            return RedisBytes(storage: storage, start: argument.range.lowerBound, count: argument.range.count)
        }

        /// Takes one after the other.
        public struct Iterator: IteratorProtocol {
            @usableFromInline let arguments: Arguments
            @usableFromInline var left: Int
            /// Where the next opening quote stands in the line.
            @usableFromInline var quote: Int

            @inlinable
            init(_ arguments: Arguments) {
                self.arguments = arguments
                left = arguments.count
                quote = arguments.firstQuote
            }

            /// The next one; `nil` behind the last.
            @inlinable
            public mutating func next() -> RedisBytes? {
                guard left > 0 else { return nil }
                let argument = arguments.argument(arguments.count &- left, behind: quote)
                left &-= 1
                quote = argument.range.upperBound - arguments.lineStart + 2
                return arguments.bytes(of: argument)
            }
        }

        /// Begins with the first.
        @inlinable public func makeIterator() -> Iterator { Iterator(self) }

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
