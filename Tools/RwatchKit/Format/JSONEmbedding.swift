import RedisRESP

extension OutputBuffer {
    /// Appends an object member whose value is the JSON text `source` itself, on one line, and returns `true`. If it is
    /// no JSON that every reader takes, leaves the buffer as it was and returns `false`.
    ///
    /// Blanks between values go; in strings, characters that do not show are escaped. `name` is not escaped.
    mutating func append(jsonField name: StaticString, embedding source: RawSpan) -> Bool {
        let mark = count
        append(UInt8(ascii: "\""))
        append(literal: name)
        append(literal: "\":")
        if append(embedding: source) { return true }
        rewind(to: mark)
        return false
    }

    /// Appends the JSON text `source` in the same way, without a name.
    mutating func append(embedding source: RawSpan) -> Bool {
        guard JSONScan.find([], in: source) != nil, UTF8Check.isValid(source) else { return false }
        let mark = count
        var offset = 0
        while offset < source.byteCount {
            switch source.byte(at: offset) {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            case UInt8(ascii: "\""):
                guard let end = appendJSONString(source, from: offset) else {
                    rewind(to: mark)
                    return false
                }
                offset = end
            case let byte:
                append(byte)
                offset += 1
            }
        }
        return true
    }

    /// Appends a string of a valid JSON text. Returns where it ends; `nil` when it contains half of a surrogate pair,
    /// which is no character.
    private mutating func appendJSONString(_ source: RawSpan, from start: Int) -> Int? {
        append(source.byte(at: start))
        var offset = start + 1
        while offset < source.byteCount {
            let byte = source.byte(at: offset)
            var length = 1
            if byte == UInt8(ascii: "\"") {
                append(byte)
                return offset + 1
            } else if byte == UInt8(ascii: "\\") {
                guard let end = JSONString.characterEnd(source, at: offset) else { return nil }
                length = end - offset
                append(source.part(at: offset, count: length))
            } else if byte < 0x80 {
                appendJSONEscape(byte)
            } else {
                length = UTF8Check.sequenceLength(in: source, at: offset)
                if source.isHidden(at: offset, length: length) {
                    appendJSONEscape(scalar: source.scalar(at: offset, length: length))
                } else {
                    append(source.part(at: offset, count: length))
                }
            }
            offset += max(length, 1)
        }
        return nil
    }
}
