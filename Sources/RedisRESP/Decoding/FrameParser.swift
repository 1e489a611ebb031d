/// Finds the frames of a RESP2 or RESP3 stream, in place and without copying.
///
/// The parser never looks twice at a byte: a frame that is cut anywhere, inside a header, a body or a line of
/// megabytes, goes on from there when more bytes have come. It keeps offsets only; the bytes stay in the caller's
/// buffer, which must always begin at the first byte of the frame that is being parsed.
///
/// Rules: https://redis.io/docs/latest/develop/reference/protocol-spec/. Pushes inside an aggregate are elements, as
/// servers send them inside the reply of EXEC; streamed types (`$?`, `*?`), which no server sends, are refused.
package struct FrameParser: ~Copyable {
    /// What `parse` found.
    package enum Progress: Equatable, Sendable {
        /// A whole frame of that many bytes; its nodes are valid until the next call.
        case frame(byteCount: Int)
        /// The frame goes on. At least that many more bytes are missing.
        case incomplete(missing: Int)
    }

    /// What it refuses. They may change at any time; a frame that has begun is measured by the new ones from there on.
    package var limits: RedisFrameLimits
    /// The values found so far, kept between frames for its storage.
    private var nodes = NodeStorage()
    /// For each open aggregate: children still to come, times two, plus one for an attribute.
    private var open: [Int] = []
    /// The next byte to look at.
    private var cursor = 0
    /// Up to here the current line is known to hold no end.
    private var scanned = 0
    /// Where the current bulk string ends, its CR LF included; negative between bulk strings.
    private var bulkEnd = -1
    private var frameIsComplete = false
    /// Values of this frame that headers have announced so far.
    private var announced = 0
    /// Bytes of all frames before this one.
    private var streamOffset = 0

    package init(limits: RedisFrameLimits = RedisFrameLimits()) {
        self.limits = limits
    }

    /// The nodes of the frame that `parse` returned last.
    package var frameNodes: Span<Node> {
        @_lifetime(borrow self)
        get { nodes.span }
    }

    /// Whether the next byte is the first of a frame. Only then may a caller take whole frames that it recognises
    /// itself.
    package var isAtFrameStart: Bool { frameIsComplete || (cursor == 0 && scanned == 0 && bulkEnd < 0) }

    /// Skips whole frames of that many bytes, which the caller has taken. Must be called at the start of a frame.
    package mutating func skip(_ byteCount: Int) {
        if frameIsComplete { startFrame() }
        streamOffset += byteCount
    }

    /// Goes on parsing the frame that begins at the first byte of `input`.
    ///
    /// After `.frame(byteCount:)` the next call must be passed the bytes after that frame. After an error the parser
    /// cannot be used any more.
    package mutating func parse(_ input: RawSpan) throws(RESPError) -> Progress {
        if frameIsComplete { startFrame() }
        if cursor == 0 && nodes.count == 0, let byteCount = parseFlat(input) {
            cursor = byteCount
            frameIsComplete = true
            return .frame(byteCount: byteCount)
        }
        while true {
            if let missing = try parseValue(input) { return .incomplete(missing: missing) }
            if cursor > limits.frameLength { throw failure(.frameTooLong(limit: limits.frameLength), at: cursor) }
            if frameIsComplete { return .frame(byteCount: cursor) }
        }
    }

    private mutating func startFrame() {
        streamOffset += cursor
        nodes.removeAll()
        cursor = 0
        scanned = 0
        bulkEnd = -1
        frameIsComplete = false
        announced = 0
    }

    /// Parses one header, or the body of one bulk string. Returns the number of missing bytes, or `nil` to go on.
    private mutating func parseValue(_ input: RawSpan) throws(RESPError) -> Int? {
        if bulkEnd >= 0 { return try parseBulkBody(input) }
        guard cursor < input.byteCount else { return 1 }
        switch input.byte(at: cursor) {
        case UInt8(ascii: "$"): return try parseBulkHeader(input, .bulkString)
        case UInt8(ascii: "!"): return try parseBulkHeader(input, .bulkError)
        case UInt8(ascii: "="): return try parseBulkHeader(input, .verbatimString)
        case UInt8(ascii: "+"): return try parseLine(input, .simpleString)
        case UInt8(ascii: "-"): return try parseLine(input, .simpleError)
        case UInt8(ascii: ","): return try parseLine(input, .double)
        case UInt8(ascii: "("): return try parseLine(input, .bigNumber)
        case UInt8(ascii: ":"): return try parseInteger(input)
        case UInt8(ascii: "#"): return try parseBoolean(input)
        case UInt8(ascii: "_"): return try parseNull(input)
        case UInt8(ascii: "*"): return try parseAggregate(input, .array)
        case UInt8(ascii: ">"): return try parseAggregate(input, .push)
        case UInt8(ascii: "%"): return try parseAggregate(input, .map)
        case UInt8(ascii: "~"): return try parseAggregate(input, .set)
        case UInt8(ascii: "|"): return try parseAggregate(input, .attribute)
        case UInt8(ascii: ";"): throw failure(.streamedTypeUnsupported, at: cursor, in: input)
        default: throw failure(.unknownType, at: cursor, in: input)
        }
    }
}

// MARK: - The short way

extension FrameParser {
    /// Parses a whole frame that is an array or push of few bulk strings and integers, as every message and
    /// confirmation is, in one pass that keeps nothing. Returns `nil` for everything else: a frame that is incomplete,
    /// large, of another type or malformed. Then nothing has changed, and the general way parses it. A header is read
    /// twice at most.
    private mutating func parseFlat(_ input: RawSpan) -> Int? {
        let count = input.byteCount
        guard count >= 4 else { return nil }
        let type = input.byte(at: 0)
        guard type == UInt8(ascii: ">") || type == UInt8(ascii: "*") else { return nil }
        let children = Int(input.byte(at: 1) &- UInt8(ascii: "0"))
        guard children >= 1, children <= min(9, limits.elements), limits.depth > 0, input.isLineEnd(at: 2) else {
            return nil
        }
        nodes.append(Node(kind: type == UInt8(ascii: ">") ? .push : .array, start: 4, length: children))
        var index = 4
        for _ in 0..<children {
            guard let end = parseFlatChild(input, count, index) else {
                nodes.removeAll()
                return nil
            }
            index = end
        }
        guard index <= limits.frameLength else {
            nodes.removeAll()
            return nil
        }
        return index
    }

    @inline(__always)
    private mutating func parseFlatChild(_ input: RawSpan, _ count: Int, _ start: Int) -> Int? {
        guard start < count else { return nil }
        let type = input.byte(at: start)
        guard type == UInt8(ascii: "$") || type == UInt8(ascii: ":") else { return nil }
        var index = start + 1
        var value = 0
        // Nine digits are a gigabyte; a longer number is parsed in the general way.
        let lastDigit = min(count, index + 9)
        while index < lastDigit {
            let digit = input.byte(at: index) &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value &* 10 &+ Int(digit)
            index += 1
        }
        guard index > start + 1, index + 2 <= count, input.isLineEnd(at: index) else { return nil }
        index += 2
        if type == UInt8(ascii: ":") {
            nodes.append(Node(kind: .integer, start: start + 1, length: value))
            return index
        }
        guard value <= limits.bulkLength, value + 2 <= count - index, input.isLineEnd(at: index + value) else {
            return nil
        }
        nodes.append(Node(kind: .bulkString, start: index, length: value))
        return index + value + 2
    }

}

// MARK: - Bulk strings

extension FrameParser {
    private mutating func parseBulkHeader(_ input: RawSpan, _ kind: FrameKind) throws(RESPError) -> Int? {
        guard let header = try parseNumber(input, refuseStreamed: true) else { return 1 }
        if header.value == -1 && kind == .bulkString {
            nodes.append(Node(kind: .null, start: header.end, length: 0))
            cursor = header.end
            completeValue()
            return nil
        }
        guard header.value >= 0 else { throw failure(.invalidLength, at: cursor + 1, in: input) }
        guard header.value <= limits.bulkLength else {
            throw failure(.bulkTooLong(limit: limits.bulkLength), at: cursor)
        }
        guard header.value <= limits.frameLength - header.end - 2 else {
            throw failure(.frameTooLong(limit: limits.frameLength), at: cursor)
        }
        nodes.append(Node(kind: kind, start: header.end, length: header.value))
        bulkEnd = header.end + header.value + 2
        cursor = header.end
        return try parseBulkBody(input)
    }

    private mutating func parseBulkBody(_ input: RawSpan) throws(RESPError) -> Int? {
        guard input.byteCount >= bulkEnd else { return bulkEnd - input.byteCount }
        try expectLineEnd(input, at: bulkEnd - 2)
        cursor = bulkEnd
        bulkEnd = -1
        completeValue()
        return nil
    }
}

// MARK: - Lines

extension FrameParser {
    private mutating func parseLine(_ input: RawSpan, _ kind: FrameKind) throws(RESPError) -> Int? {
        let start = cursor + 1
        var from = max(scanned, start)
        while let end = input.firstIndex(of: UInt8(ascii: "\r"), from: from) {
            try checkLine(from: start, to: end)
            guard end + 1 < input.byteCount else {
                scanned = end
                return 1
            }
            if input.byte(at: end + 1) == UInt8(ascii: "\n") {
                nodes.append(Node(kind: kind, start: start, length: end - start))
                cursor = end + 2
                completeValue()
                return nil
            }
            // A single CR is text: old proxies and forks write it into error lines.
            from = end + 1
        }
        scanned = input.byteCount
        try checkLine(from: start, to: scanned)
        return 1
    }

    /// Throws the limit that a line passes first, so that the error does not depend on how the bytes are split.
    private func checkLine(from start: Int, to end: Int) throws(RESPError) {
        let room = limits.frameLength - start - 2
        guard end - start > min(limits.lineLength, room) else { return }
        throw limits.lineLength <= room
            ? failure(.lineTooLong(limit: limits.lineLength), at: cursor)
            : failure(.frameTooLong(limit: limits.frameLength), at: cursor)
    }

    private mutating func parseInteger(_ input: RawSpan) throws(RESPError) -> Int? {
        guard let number = try parseNumber(input, refuseStreamed: false) else { return 1 }
        nodes.append(Node(kind: .integer, start: cursor + 1, length: number.value))
        cursor = number.end
        completeValue()
        return nil
    }

    private mutating func parseBoolean(_ input: RawSpan) throws(RESPError) -> Int? {
        guard input.byteCount >= cursor + 4 else {
            if cursor + 1 < input.byteCount { _ = try truth(input) }
            return cursor + 4 - input.byteCount
        }
        let value = try truth(input)
        try expectLineEnd(input, at: cursor + 2)
        nodes.append(Node(kind: .boolean, start: cursor + 1, length: value ? 1 : 0))
        cursor += 4
        completeValue()
        return nil
    }

    private func truth(_ input: RawSpan) throws(RESPError) -> Bool {
        switch input.byte(at: cursor + 1) {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: throw failure(.invalidBoolean, at: cursor + 1, in: input)
        }
    }

    private mutating func parseNull(_ input: RawSpan) throws(RESPError) -> Int? {
        guard input.byteCount >= cursor + 3 else { return cursor + 3 - input.byteCount }
        try expectLineEnd(input, at: cursor + 1)
        nodes.append(Node(kind: .null, start: cursor + 1, length: 0))
        cursor += 3
        completeValue()
        return nil
    }
}

// MARK: - Aggregates

extension FrameParser {
    private mutating func parseAggregate(_ input: RawSpan, _ kind: FrameKind) throws(RESPError) -> Int? {
        guard let header = try parseNumber(input, refuseStreamed: true) else { return 1 }
        if header.value == -1 && kind == .array {
            nodes.append(Node(kind: .null, start: header.end, length: 0))
            cursor = header.end
            completeValue()
            return nil
        }
        guard header.value >= 0 else { throw failure(.invalidLength, at: cursor + 1, in: input) }
        let inPairs = kind == .map || kind == .attribute
        // No header has announced an attribute, so it counts when it comes.
        let own = kind == .attribute ? 1 : 0
        // The number is compared before it is doubled, because both the announced number and the limit may be as large
        // as 64 bits hold.
        let most = min(limits.elements, .max >> 2)
        guard header.value <= (inPairs ? most / 2 : most), announced + header.value * (inPairs ? 2 : 1) + own <= most
        else { throw failure(.tooManyElements(limit: limits.elements), at: cursor) }
        let children = inPairs ? header.value * 2 : header.value
        announced += children + own
        guard open.count < limits.depth else { throw failure(.tooDeep(limit: limits.depth), at: cursor) }
        nodes.append(Node(kind: kind, start: header.end, length: children))
        cursor = header.end
        if children > 0 {
            open.append(children << 1 | (kind == .attribute ? 1 : 0))
        } else if kind != .attribute {
            completeValue()
        }
        return nil
    }

    /// Completes a value, and every aggregate whose last child it was.
    private mutating func completeValue() {
        while let last = open.last {
            let remaining = last - 2
            if remaining >= 2 {
                open[open.count - 1] = remaining
                return
            }
            open.removeLast()
            // The value that an attribute describes comes after it, at the same place of the same aggregate.
            if remaining == 1 { return }
        }
        frameIsComplete = true
    }
}

// MARK: - Pieces

extension FrameParser {
    private struct Number {
        var value: Int
        /// The byte after the line feed.
        var end: Int
    }

    /// The number behind the type byte at `cursor`, or `nil` when its line is not whole yet.
    private func parseNumber(_ input: RawSpan, refuseStreamed: Bool) throws(RESPError) -> Number? {
        var index = cursor + 1
        let count = input.byteCount
        guard index < count else { return nil }
        var isNegative = false
        switch input.byte(at: index) {
        case UInt8(ascii: "-"):
            isNegative = true
            index += 1
        case UInt8(ascii: "+"):
            index += 1
        case UInt8(ascii: "?") where refuseStreamed:
            throw failure(.streamedTypeUnsupported, at: index, in: input)
        default:
            break
        }
        let firstDigit = index
        var value = 0
        while index < count {
            let digit = input.byte(at: index) &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            // Leading zeros are harmless, but their number is limited.
            guard index - firstDigit < 32 else { throw failure(.integerOverflow, at: index, in: input) }
            // Eighteen digits cannot overflow; the nineteenth may.
            if index - firstDigit < 18 {
                value = value &* 10 &+ Int(digit)
            } else {
                let (product, overflows) = value.multipliedReportingOverflow(by: isNegative && value > 0 ? -10 : 10)
                let (sum, overflowsToo) = product.addingReportingOverflow(isNegative ? -Int(digit) : Int(digit))
                guard !overflows, !overflowsToo else { throw failure(.integerOverflow, at: index, in: input) }
                value = sum
            }
            index += 1
        }
        guard index < count else { return nil }
        guard index > firstDigit else { throw failure(.expectedDigit, at: index, in: input) }
        guard index + 1 < count else {
            guard input.byte(at: index) == UInt8(ascii: "\r") else {
                throw failure(.expectedCarriageReturn, at: index, in: input)
            }
            return nil
        }
        try expectLineEnd(input, at: index)
        return Number(value: isNegative && value > 0 ? -value : value, end: index + 2)
    }

    private func expectLineEnd(_ input: RawSpan, at index: Int) throws(RESPError) {
        guard input.byte(at: index) == UInt8(ascii: "\r") else {
            throw failure(.expectedCarriageReturn, at: index, in: input)
        }
        guard input.byte(at: index + 1) == UInt8(ascii: "\n") else {
            throw failure(.expectedLineFeed, at: index + 1, in: input)
        }
    }

    private func failure(_ reason: RESPError.Reason, at index: Int) -> RESPError {
        RESPError(reason, offset: streamOffset + index)
    }

    private func failure(_ reason: RESPError.Reason, at index: Int, in input: RawSpan) -> RESPError {
        RESPError(reason, offset: streamOffset + index, byte: input.byte(at: index))
    }
}
