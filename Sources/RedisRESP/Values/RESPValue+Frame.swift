extension RESPValue {
    /// Copies the value of a frame. Attributes are left out.
    package init(_ frame: borrowing Frame) {
        var index = frame.root
        self = Self.value(in: frame, at: &index)
    }

    private static func value(in frame: borrowing Frame, at index: inout Int) -> RESPValue {
        index = frame.skippingAttributes(from: index)
        let node = frame.node(at: index)
        index += 1
        switch node.kind {
        case .simpleString: return .simpleString(copy(frame, node))
        case .simpleError, .bulkError: return .error(frame.errorLine(of: node))
        case .integer: return .integer(node.length)
        case .bulkString: return .bulkString(copy(frame, node))
        case .verbatimString: return verbatim(copy(frame, node))
        case .null: return .null
        case .boolean: return .boolean(node.length == 1)
        case .double: return double(copy(frame, node))
        case .bigNumber: return .bigNumber(copy(frame, node))
        case .array: return .array(values(node.length, in: frame, at: &index))
        case .set: return .set(values(node.length, in: frame, at: &index))
        case .push: return .push(values(node.length, in: frame, at: &index))
        case .map:
            var pairs: [Pair] = []
            pairs.reserveCapacity(node.length / 2)
            for _ in 0..<(node.length / 2) {
                let key = value(in: frame, at: &index)
                pairs.append(Pair(key: key, value: value(in: frame, at: &index)))
            }
            return .map(pairs)
        case .attribute: return .null  // `skippingAttributes` leaves none
        }
    }

    private static func values(_ count: Int, in frame: borrowing Frame, at index: inout Int) -> [RESPValue] {
        var values: [RESPValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(value(in: frame, at: &index)) }
        return values
    }

    private static func copy(_ frame: borrowing Frame, _ node: Node) -> RedisBytes {
        RedisBytes(copying: frame.bytes(of: node))
    }

    /// Splits `txt:text`. If a server omits the format, the text is still kept.
    private static func verbatim(_ content: RedisBytes) -> RESPValue {
        guard content.count >= 4, content[3] == UInt8(ascii: ":") else {
            return .verbatimString(format: RedisBytes(), text: content)
        }
        return .verbatimString(format: RedisBytes(content.prefix(3)), text: RedisBytes(content.dropFirst(4)))
    }

    /// No server writes a number with more digits.
    private static let longestDouble = 1024

    /// RESP3 allows `inf`, `-inf` and `nan`, which `Double` reads too. What it cannot read stays text.
    private static func double(_ content: RedisBytes) -> RESPValue {
        guard content.count <= longestDouble, let text = content.text, let value = Double(text) else {
            return .bulkString(content)
        }
        return .double(value)
    }
}

extension Frame {
    /// The text of an error, up to `RESPValue.longestError` bytes. This is the only place where errors of servers are
    /// copied from a frame.
    package func errorLine(of node: Node) -> RedisBytes {
        let line = bytes(of: node)
        var end = min(line.byteCount, RESPValue.longestError)
        if end < line.byteCount {
            // The cut must not be in the middle of a character, which may have begun up to three bytes before.
            var start = end
            while start > max(end - 3, 0), line.byte(at: start) & 0xC0 == 0x80 { start -= 1 }
            if line.byte(at: start) & 0xC0 == 0xC0 { end = start }
        }
        return RedisBytes(copying: line.extracting(first: end))
    }
}
